"""Scale: multiply by a learned blob, or by a second bottom, along some axes."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import ShapeError, plural
from caffe2torch.layers._filled import filled
from caffe2torch.layers._shared import CaffeReplaced
from caffe2torch.layers.base import Blob, Example, Layer, Moments, Role, Shape, Site, constant
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import F, nn, torch


class Scale(Layer):
    """x · weight (+ bias), both spread over the axes that they do not have.

    Shape:    x (N, C, H, W), [s (a run of x's axes from axis on)] -> (N, C, H, W)
    Params:   axis [1]; num_axes [1], −1 for all that follow; bias_term [false];
              filler, by default constant 1; bias_filler
    Weights:  weight (x's sizes from axis on), not with a second bottom; bias (same) if bias_term
    Differs:  when N = 1 or the weight is as large as x, its gradient replaces that of the pass
              before, so that iter_size counts the last pass only, as in Caffe (torch adds; so do
              we where layers share the weight)
    Raises:   ShapeError if the axes do not fit
    Source:   Caffe src/caffe/layers/scale_layer.cpp
    """

    type = "Scale"
    bottoms = (1, 2)
    keeps_output = False
    roles = frozenset({Role.AFFINE})
    param_field = "scale_param"
    examples = (
        Example("", bottoms=[(2, 3, 4, 5)]),
        Example("scale_param { bias_term: true }", bottoms=[(2, 3, 4, 5)]),
        Example("scale_param { axis: 2 num_axes: -1 }", bottoms=[(2, 3, 4, 5)]),
        Example("scale_param { axis: 0 bias_term: true }", bottoms=[(2, 3, 4), (2, 3)]),
        Example("scale_param { num_axes: 0 }", bottoms=[(2, 3)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        scaled_axes(x, x.param.scale_param, "scale_param")
        return [x.bottoms[0]]

    def blobs(self, x: Site) -> dict[str, Blob]:
        param = x.param.scale_param
        shape = scaled_axes(x, param, "scale_param")[1]
        blobs = {}
        if len(x.bottoms) == 1:
            filler = param.filler if param.HasField("filler") else constant(1)
            blobs["weight"] = filled(shape, filler, "scale_param.filler")
        if param.bias_term:
            blobs["bias"] = filled(shape, param.bias_filler, "scale_param.bias_filler")
        return blobs

    def linear(self, x: Site) -> bool:
        return len(x.bottoms) == 1

    def rereads(self, x: Site) -> tuple[int, ...]:
        return tuple(range(x.in_place, len(x.bottoms)))  # in place it keeps a copy of bottom 0

    def replaced(self, x: Site) -> tuple[str, ...]:
        axis, shape = scaled_axes(x, x.param.scale_param, "scale_param")
        size, whole = math.prod(shape), math.prod(x.bottoms[0])
        one_row = math.prod(x.bottoms[0][:axis]) == 1 and size > 1
        return ("weight",) if len(x.bottoms) == 1 and (size == whole or one_row) else ()

    def leftover(self, x: Site) -> str:
        shape = scaled_axes(x, x.param.scale_param, "scale_param")[1]
        as_large = math.prod(shape) == math.prod(x.bottoms[0])
        return "" if x.in_place or as_large else "g * b[0]"  # it multiplies there

    def code(self, x: Site) -> Code:
        axis, shape = scaled_axes(x, x.param.scale_param, "scale_param")
        after = len(x.bottoms[0]) - axis - len(shape) if shape else 0
        bias = ", bias=True" if x.param.scale_param.bias_term else ""
        if len(x.bottoms) == 1:
            replaced = ", replaced=True" if x.train and self.replaced(x) else ""
            return Code(f"CaffeScale({shape}, {after}{bias}{replaced})")
        if bias:
            return Code(f"CaffeScaleBy({shape}, {after})")
        return op(scale_by, after=after)

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments.join import Product
        from caffe2torch.moments.linear import Gain

        return Product() if len(x.bottoms) > 1 else Gain()

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return math.prod(tops[0])


def scaled_axes(x: Site, param: Any, field: str) -> tuple[int, Shape]:
    """First axis and shape of the blob that Scale or Bias applies; the axis of a number is 0."""
    first = x.bottoms[0]
    if len(x.bottoms) == 2:
        shape, what = x.bottoms[1], "bottom"
    else:
        shape, what = _own_shape(x, param, field), field
    axis = x.axis(param.axis, f"{field}.axis") if shape else 0
    if first[axis : axis + len(shape)] != shape:
        raise ShapeError(
            f"a blob of shape {shape} does not match bottom {first} from axis {axis} on",
            field=what,
            hint=f"give it the sizes that the bottom has there: {first[axis : axis + len(shape)]}",
        )
    return axis, shape


def _own_shape(x: Site, param: pb.ScaleParameter | pb.BiasParameter, field: str) -> Shape:
    first, n = x.bottoms[0], param.num_axes
    axis = x.axis(param.axis, f"{field}.axis")
    if n < -1 or axis + n > len(first):
        raise ShapeError(
            f"num_axes {n} from axis {axis} on does not fit a bottom of shape {first}",
            field=f"{field}.num_axes",
            hint=f"use 0 to {plural(len(first) - axis, 'axis')}, or -1 for all that follow",
        )
    return first[axis:] if n == -1 else first[axis : axis + n]


class CaffeScale(nn.Module):
    """x · weight (+ bias) for blobs of `shape`, in front of the last `after` axes of x."""

    def __init__(self, shape: Any, after: int, bias: bool = False, replaced: bool = False) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(shape))
        self.replaced = replaced
        self.bias = nn.Parameter(torch.zeros(shape)) if bias else None
        self.view = (*shape, *[1] * after)
        self.rank = after + 2 if len(shape) == 1 else 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        weight = CaffeReplaced.apply(self.weight) if self.replaced else self.weight
        if x.dim() == self.rank:
            # one number a channel: torch's fastest kernel for it, in both directions
            zero, one = torch.zeros_like(weight), torch.ones_like(weight)
            return F.batch_norm(x, zero, one, weight, self.bias, False, 0.0, 0.0)
        y = x * weight.view(self.view)
        return y if self.bias is None else y + self.bias.view(self.view)


def scale_by(x: torch.Tensor, by: torch.Tensor, after: int) -> torch.Tensor:
    """x · by, where `by` lies in front of the last `after` axes of x."""
    return x * by.reshape((*by.shape, *[1] * after))


class CaffeScaleBy(nn.Module):
    """x · by + bias, where `by` and the bias lie in front of the last `after` axes of x."""

    def __init__(self, shape: Any, after: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(shape))
        self.after = after

    def forward(self, x: torch.Tensor, by: torch.Tensor) -> torch.Tensor:
        ones = [1] * self.after
        return x * by.reshape((*by.shape, *ones)) + self.bias.view((*self.bias.shape, *ones))
