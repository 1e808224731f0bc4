"""SignedSqrt: signed square roots (HBP)."""

from __future__ import annotations

from typing import Any

from caffe2torch.layers._in_place import refuse_in_place
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.lazy import torch


class SignedSqrt(Layer):
    """sign(x) · sqrt(|x|), whose gradient is 0.5 / (sqrt(|x|) + 0.03).

    Shape:    x (any) -> same
    Params:   none
    Weights:  none
    Differs:  nothing: the fork's gradient is bounded at 0, too
    Raises:   ShapeError in place
    Source:   Yu et al. (2018); Hierarchical-Bilinear-Pooling
              src/caffe/layers/signed_sqrt_layer.cpp
    """

    type = "SignedSqrt"
    origin = "HBP"
    roles = frozenset({Role.ACTIVATION})
    steepest = 0.5 / 0.03
    examples = (Example("", bottoms=[(2, 3, 4)]),)

    def shapes(self, x: Site) -> list[Shape]:
        refuse_in_place(x)
        return [x.bottoms[0]]

    def code(self, x: Site) -> Code:
        return Code(call="CaffeSignedSqrt.apply({0})")


class CaffeSignedSqrt(torch.autograd.Function):
    """Square roots with the sign of x, and a gradient that stays finite at 0."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        """Give sign(x) · sqrt(|x|)."""
        y: torch.Tensor = x.abs().sqrt().copysign(x)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        """Divide by 2 |y| + 0.06."""
        (y,) = ctx.saved_tensors
        return 0.5 * gradient / (y.abs() + 0.03)
