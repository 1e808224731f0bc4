"""CosinAddm: an additive angular margin on the cosine of the label (arcface-caffe)."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, number
from caffe2torch.layers.lazy import torch


class CosinAddm(Layer):
    """The cosines x; the label's becomes cos(angle + m), or x - m sin(pi - m) beyond pi - m.

    Shape:    x (N, any) of cosines, label (N) -> as x
    Params:   m [0.5], in radians; transform_test [false], which the fork reads and never uses
    Weights:  none
    Differs:  nothing: where a cosine is above 1, the top is that of 1 and its slope 1
    Raises:   ShapeError if there is not one label an item, or m is not finite
    Source:   Deng et al., ArcFace (2019); arcface-caffe cosin_add_m_layer.cpp
    """

    type = "CosinAddm"
    origin = "arcface-caffe"
    bottoms = 2
    no_gradient = {1: "holds labels"}
    param_field = "cosin_add_m_param"
    examples = (Example("", bottoms=[(4, 3), (4,)], low=-0.9, high=0.9, integer=(1,)),)

    def shapes(self, x: Site) -> list[Shape]:
        refuse_infinite(x.param.cosin_add_m_param.m, "cosin_add_m_param.m")
        return one_label_an_item(x)

    def code(self, x: Site) -> Code:
        margin = angle(x.param.cosin_add_m_param.m)
        return Code(call=f"CaffeAddedMargin.apply({{0}}, {{1}}, {margin})")


def angle(m: float) -> str:
    """A margin as source: itself, its cosine and its sine."""
    return f"({number(m)}, {number(math.cos(m))}, {number(math.sin(m))})"


def refuse_infinite(m: float, field: str) -> None:
    """Raise ShapeError for a margin that is no finite number."""
    if not math.isfinite(m):
        raise ShapeError(f"is {m}, no angle", field=field)


def one_label_an_item(x: Site) -> list[Shape]:
    """The shape of bottom 0; ShapeError if bottom 1 does not hold one number for each item."""
    scores, labels = x.bottoms
    if math.prod(labels) != scores[:1][0] if scores else True:
        raise ShapeError(f"{math.prod(labels)} labels for scores {scores}", field="bottom")
    return [scores]


class CaffeAddedMargin(torch.autograd.Function):
    """Cosines whose angle to the label is widened by m; labels below 0 change nothing."""

    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, label: torch.Tensor, angle: tuple[float, float, float]
    ) -> torch.Tensor:
        """Give the cosines (N, any) with those of the labels (N) changed; angle is m, cos, sin."""
        m, cos_m, sin_m = angle
        rows, index = x.flatten(1), label.long().reshape(-1, 1)
        there, index = index >= 0, index.clamp(min=0)
        cosine = rows.gather(1, index).clamp(max=1)
        sine = (1 - cosine.square()).clamp(min=0).sqrt()
        beyond = cosine <= -cos_m
        inside = cosine * cos_m - sine * sin_m
        value = torch.where(beyond, cosine - sin_m * m, inside)
        slope = cos_m + sin_m * cosine / sine
        slope = torch.where(beyond | (sine == 0) | ~there, 1.0, slope)
        value = torch.where(there, value, rows.gather(1, index))
        ctx.save_for_backward(index, slope)
        return rows.scatter(1, index, value).reshape(x.shape)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        """Multiply the label's gradient by cos m + sin m · cos / sin."""
        index, slope = ctx.saved_tensors
        rows = gradient.flatten(1)
        changed = rows.scatter(1, index, rows.gather(1, index) * slope)
        return changed.reshape(gradient.shape), None, None
