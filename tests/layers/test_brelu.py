"""BReLU by hand."""

from __future__ import annotations

import torch

from tests.layers.one_layer import close, run_layer


def test_values_and_gradient() -> None:
    x = torch.tensor([-1.0, 0.25, 0.5, 3.0], requires_grad=True)
    (y,) = run_layer("BReLU", "brelu_param { minval: 0 maxval: 0.4 }", x)
    y.sum().backward()
    close(y, [0.0, 0.25, 0.4, 0.4])
    assert x.grad is not None
    close(x.grad, [0.0, 1.0, 0.0, 0.0])
