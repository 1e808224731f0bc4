"""The loop that three forks write to give items length 1, and its gradient."""

from __future__ import annotations

import math

import numpy as np

from tests.layers.one_layer import close, drawn, run_layer, top_shapes


def check(type_: str, floor: float, size: float) -> None:
    """Hold a layer's top and gradient, for values of about `size`, against the loop."""
    x = (drawn(3, 2, 2, 2) * size).requires_grad_()
    gradient = drawn(3, 2, 2, 2, seed=1)
    (y,) = run_layer(type_, "", x)
    (y * gradient).sum().backward()
    wanted, slopes = np.empty((3, 8)), np.empty((3, 8))
    items = x.detach().double().reshape(3, 8).numpy()
    for n, (item, top_diff) in enumerate(zip(items, gradient.reshape(3, 8).numpy(), strict=True)):
        length = math.sqrt(sum(v * v for v in item) + floor)
        wanted[n] = item / length
        slopes[n] = (top_diff - wanted[n] * (wanted[n] * top_diff).sum()) / length
    close(y, wanted.reshape(3, 2, 2, 2))
    assert x.grad is not None
    np.testing.assert_allclose(x.grad.reshape(3, 8), slopes, rtol=1e-3, atol=1e-4 / size)
    assert top_shapes(type_, "", [(2, 8)]) == [(2, 8, 1, 1)]
