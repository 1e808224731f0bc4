"""Axpy: scale each channel of one blob and add another, in one layer."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Moments, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class Axpy(Layer):
    """a · x + y, with one a for each image and channel.

    Shape:    a (N, C) or (N, C, 1, 1), x (N, C, H, W), y (N, C, H, W) -> (N, C, H, W)
    Params:   none
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError if the shapes do not fit
    Source:   Hu, Shen and Sun 2018 (SENet); axpy_layer.cpp of its Caffe fork
    """

    type = "Axpy"
    origin = "SENet"
    bottoms = 3
    roles = frozenset({Role.SUM})
    examples = (
        Example("", bottoms=[(2, 3, 1, 1), (2, 3, 4, 5), (2, 3, 4, 5)]),
        Example("", bottoms=[(2, 3), (2, 3, 4), (2, 3, 4)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        a, first, second = x.bottoms
        if len(a) < 2 or a[:2] != first[:2] or math.prod(a[2:]) != 1 or first != second:
            raise ShapeError(
                f"got bottoms {a}, {first}, {second}",
                field="bottom",
                hint="give it (N, C, 1, 1), (N, C, H, W) and (N, C, H, W)",
            )
        return [first]

    def code(self, x: Site) -> Code:
        return op(axpy)

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments import join

        return join.Axpy()

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return math.prod(tops[0])


def axpy(a: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """a (N, C) or (N, C, 1, 1) times x (N, C, H, W), plus y."""
    return torch.addcmul(y, a.reshape(*x.shape[:2], *[1] * (x.dim() - 2)), x)
