"""Intranorm against the loop of crn, its gradient included."""

from __future__ import annotations

import numpy as np

from tests.layers.one_layer import close, drawn, run_layer


def test_parts_and_gradient() -> None:
    x, w = drawn(2, 6).requires_grad_(), drawn(2, 6, seed=1)
    (y,) = run_layer("Intranorm", "intranorm_param { cluster_num: 2 }", x)
    (y * w).sum().backward()
    data, diff = x.detach().numpy().astype(np.float64), w.numpy().astype(np.float64)
    top, grad = np.zeros_like(data), np.zeros_like(data)
    for i in range(2):
        for k in range(2):
            part = slice(3 * k, 3 * k + 3)
            scale = (sum(v * v for v in data[i, part]) + 1e-12) ** -0.5
            top[i, part] = data[i, part] * scale
            along = sum(top[i, part] * diff[i, part])
            grad[i, part] = (diff[i, part] - along * top[i, part]) * scale
    close(y, top)
    assert x.grad is not None
    close(x.grad, grad)
