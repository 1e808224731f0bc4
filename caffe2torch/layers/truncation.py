"""Truncation: values held between two bounds, whose gradient leads back between them."""

from __future__ import annotations

from typing import Any

from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, number
from caffe2torch.layers.lazy import torch


class Truncation(Layer):
    """min(max(x, low), high); outside of the bounds only a gradient that leads back passes.

    Shape:    x (any) -> same
    Params:   truncation_min [0]; truncation_max [1]; or caffe-windows' lower_bound [0] and
              upper_bound [5], where one of those is written
    Weights:  none
    Differs:  nothing with truncation_min and truncation_max; the gradient of the other two is
              taken to be the same
    Raises:   nothing
    Source:   LearnableDilationNetwork caffe-dynamic-dilation/src/caffe/layers/truncation_layer.cpp
    """

    type = "Truncation"
    origin = "LearnableDilationNetwork"
    roles = frozenset({Role.ACTIVATION})
    param_field = "truncation_param"
    examples = (
        Example("", bottoms=[(2, 3, 4)], low=-1, high=2),
        Example("truncation_param { truncation_min: -0.5 truncation_max: 0.5 }", bottoms=[(2, 3)]),
    )

    def bounds(self, x: Site) -> tuple[float, float]:
        param = x.param.truncation_param
        if param.HasField("lower_bound") or param.HasField("upper_bound"):
            return param.lower_bound, param.upper_bound
        return param.truncation_min, param.truncation_max

    def shapes(self, x: Site) -> list[Shape]:
        return [x.bottoms[0]]

    def code(self, x: Site) -> Code:
        low, high = map(number, self.bounds(x))
        return Code(call=f"CaffeTruncation.apply({{0}}, {low}, {high})")


class CaffeTruncation(torch.autograd.Function):
    """Values within bounds; a gradient that would lead further out is cut."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, low: float, high: float) -> torch.Tensor:
        """Give x within [low, high]."""
        ctx.save_for_backward(x < low, x > high)
        return x.clamp(low, high)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        """Give the gradient; below the bounds what is positive of it, above what is negative."""
        below, above = ctx.saved_tensors
        gradient = torch.where(below, gradient.clamp(min=0), gradient)
        return torch.where(above, gradient.clamp(max=0), gradient), None, None
