"""ReLU6: values and the gradient at its corners."""

from __future__ import annotations

import torch

from tests.layers.one_layer import run_layer


def test_values_and_gradient() -> None:
    x = torch.tensor([-1.0, 0.0, 0.5, 5.9, 6.0, 7.0], requires_grad=True)
    (top,) = run_layer("ReLU6", "", x)
    torch.testing.assert_close(top.detach(), torch.tensor([0, 0, 0.5, 5.9, 6, 6]))
    top.sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [0, 0, 1, 1, 0, 0]


def test_a_slope_is_what_relu6_param_says() -> None:
    """MobileNet-YOLO relu6_layer.cpp: min(max(x, 0) + slope · min(x, 0), 6)."""
    x = torch.tensor([-4.0, 0.0, 0.5, 6.0, 7.0], requires_grad=True)
    (top,) = run_layer("ReLU6", "relu6_param { negative_slope: 0.25 }", x)
    torch.testing.assert_close(top.detach(), torch.tensor([-1, 0, 0.5, 6, 6]))
    top.sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [0.25, 0.25, 1, 0, 0]
