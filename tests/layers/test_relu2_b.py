"""ReLU2B against the loop of Two-Step Quantization, its gradient included."""

from __future__ import annotations

import torch

from tests.layers.one_layer import close, run_layer


def level(v: float, thresh: float, delta: float) -> float:
    """What the project's loop gives for one value."""
    if v <= thresh:
        return 0.0
    if v <= 1.5 * delta:
        return delta
    return 2 * delta if v <= 2.5 * delta else 3 * delta


def test_levels_and_gradient() -> None:
    values = [-1.0, 0.05, 0.3, 0.7, 0.8, 1.2, 1.3, 1.6, 4.0]
    x = torch.tensor(values, requires_grad=True)
    (y,) = run_layer("ReLU2B", "relu_param { thresh: 0.1 delta: 0.5 }", x)
    y.sum().backward()
    close(y, [level(v, 0.1, 0.5) for v in values])
    assert x.grad is not None
    close(x.grad, [float(0 < v < 1.5) for v in values])
