"""Bias: add a learned blob, or a second bottom, along some axes."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch.layers._filled import filled
from caffe2torch.layers.base import Blob, Example, Layer, Moments, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import nn, torch
from caffe2torch.layers.scale import scaled_axes


class Bias(Layer):
    """x + bias, spread over the axes that the bias does not have.

    Shape:    x (N, C, H, W), [b (a run of x's axes from axis on)] -> (N, C, H, W)
    Params:   axis [1]; num_axes [1], −1 for all that follow; filler
    Weights:  bias (x's sizes from axis on), not with a second bottom
    Differs:  nothing
    Raises:   ShapeError if the axes do not fit
    Source:   Caffe src/caffe/layers/bias_layer.cpp
    """

    type = "Bias"
    bottoms = (1, 2)
    keeps_output = False
    roles = frozenset({Role.AFFINE})
    param_field = "bias_param"
    examples = (
        Example("", bottoms=[(2, 3, 4, 5)]),
        Example("bias_param { axis: 2 num_axes: -1 }", bottoms=[(2, 3, 4, 5)]),
        Example("bias_param { axis: 0 }", bottoms=[(2, 3, 4), (2, 3)]),
        Example("bias_param { num_axes: 0 }", bottoms=[(2, 3)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        scaled_axes(x, x.param.bias_param, "bias_param")
        return [x.bottoms[0]]

    def blobs(self, x: Site) -> dict[str, Blob]:
        if len(x.bottoms) == 2:
            return {}
        param = x.param.bias_param
        shape = scaled_axes(x, param, "bias_param")[1]
        return {"bias": filled(shape, param.filler, "bias_param.filler")}

    def linear(self, x: Site) -> bool:
        return len(x.bottoms) == 1

    def code(self, x: Site) -> Code:
        axis, shape = scaled_axes(x, x.param.bias_param, "bias_param")
        after = len(x.bottoms[0]) - axis - len(shape) if shape else 0
        if len(x.bottoms) == 2:
            return op(add_bias, after=after)
        return Code(f"CaffeBias({shape}, {after})")

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments.join import Sum
        from caffe2torch.moments.linear import Shift

        return Sum() if len(x.bottoms) > 1 else Shift()

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return math.prod(tops[0])


class CaffeBias(nn.Module):
    """x + bias for a bias of `shape`, in front of the last `after` axes of x."""

    def __init__(self, shape: Any, after: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(shape))
        self.view = (*shape, *[1] * after)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.bias.view(self.view)


def add_bias(x: torch.Tensor, bias: torch.Tensor, after: int) -> torch.Tensor:
    """x + bias, where the bias lies in front of the last `after` axes of x."""
    return x + bias.reshape((*bias.shape, *[1] * after))
