"""L2Norm against the loop of Person-Re-ID, its gradient included."""

from __future__ import annotations

import math

import numpy as np

from tests.layers.one_layer import close, drawn, run_layer


def test_unit_items_and_gradient() -> None:
    x, w = drawn(2, 3, 1, 1).requires_grad_(), drawn(2, 3, 1, 1, seed=1)
    (y,) = run_layer("L2Norm", "", x)
    (y * w).sum().backward()
    data, diff = (t.detach().numpy().reshape(2, 3).astype(np.float64) for t in (x, w))
    top, grad = np.zeros((2, 3)), np.zeros((2, 3))
    for i in range(2):
        total = sum(v * v for v in data[i])
        top[i] = data[i] / math.sqrt(total)
        along = sum(data[i] * diff[i])
        for j in range(3):
            grad[i, j] = diff[i, j] / math.sqrt(total) - data[i, j] * along / (
                total * math.sqrt(total)
            )
    close(y, top.reshape(2, 3, 1, 1))
    assert x.grad is not None
    close(x.grad, grad.reshape(2, 3, 1, 1))
