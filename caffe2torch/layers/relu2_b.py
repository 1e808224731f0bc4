"""ReLU2B: a rectifier of four levels, in two bits (Two-Step Quantization)."""

from __future__ import annotations

from typing import Any

from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, number
from caffe2torch.layers.lazy import torch


class ReLU2B(Layer):
    """0 up to thresh, delta up to 1.5 delta, 2 delta up to 2.5 delta, 3 delta above.

    Shape:    x (any) -> same
    Params:   relu_param thresh [0]; delta [0.5388]
    Weights:  none
    Differs:  nothing: the gradient passes where 0 < x < 3 delta
    Raises:   nothing
    Source:   Wang et al., Two-Step Quantization (2018); its relu2b_layer.cpp
    """

    type = "ReLU2B"
    origin = "Two-Step-Quantization-AlexNet"
    roles = frozenset({Role.ACTIVATION})
    rectifies = True
    param_field = "relu_param"
    examples = (Example("", bottoms=[(2, 3, 4)], low=-1, high=2),)

    def bounds(self, x: Site) -> tuple[float, float]:
        return 0.0, 3 * x.param.relu_param.delta

    def shapes(self, x: Site) -> list[Shape]:
        return [x.bottoms[0]]

    def code(self, x: Site) -> Code:
        param = x.param.relu_param
        return Code(call=f"CaffeReLU2B.apply({{0}}, {number(param.thresh)}, {number(param.delta)})")


class CaffeReLU2B(torch.autograd.Function):
    """Four levels; the gradient is that of a rectifier that ends at the highest."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, thresh: float, delta: float) -> torch.Tensor:
        """Give the level of each value."""
        ctx.save_for_backward((x > 0) & (x < 3 * delta))
        level = 1 + (x > 1.5 * delta).to(x.dtype) + (x > 2.5 * delta).to(x.dtype)
        return torch.where(x <= thresh, 0.0, level * delta)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        """Give the gradient between the lowest and the highest level."""
        (inside,) = ctx.saved_tensors
        return gradient * inside, None, None
