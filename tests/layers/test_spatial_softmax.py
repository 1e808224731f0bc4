"""SpatialSoftmax against a plain loop, its gradient included."""

from __future__ import annotations

import numpy as np

from tests.layers.one_layer import close, drawn, run_layer


def test_probabilities_and_gradient() -> None:
    x, w = drawn(2, 3, 2, 2).requires_grad_(), drawn(2, 3, 2, 2, seed=1)
    (y,) = run_layer("SpatialSoftmax", "spatial_softmax_param { temperature: 2 }", x)
    (y * w).sum().backward()
    data, diff = x.detach().numpy().astype(np.float64), w.numpy()
    top, grad = np.zeros_like(data), np.zeros_like(data)
    for place in np.ndindex(2, 3):
        powers = np.exp((data[place] - data[place].max()) * 0.5)
        top[place] = powers / powers.sum()
        dot = (diff[place] * top[place]).sum()
        grad[place] = (diff[place] - dot) * 0.5 * top[place]
    close(y, top)
    assert x.grad is not None
    close(x.grad, grad)
