"""Log: the logarithm to any base."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError
from caffe2torch.layers._straight import CaffeOverwritten
from caffe2torch.layers.base import Example, Layer, Moments, Role, Shape, Site
from caffe2torch.layers.code import Code, Late, number
from caffe2torch.layers.exp import log_of_base
from caffe2torch.layers.lazy import torch
from caffe2torch.layers.power import linear


class Log(Layer):
    """log(shift + scale · x) to the given base.

    Shape:    x (any) -> same
    Params:   base [-1], where -1 means e; scale [1]; shift [0]
    Weights:  none
    Differs:  in place, Caffe's gradient is the square of the slope at the output, whatever
              arrives; so is ours
    Raises:   ShapeError if base is 1, or neither positive nor -1
    Source:   Caffe src/caffe/layers/log_layer.cpp
    """

    type = "Log"
    roles = frozenset({Role.ACTIVATION})
    param_field = "log_param"
    examples = (
        Example(bottoms=[(2, 3, 4, 5)], low=0.1, high=2),
        Example("log_param { base: 0.5 scale: 1.5 shift: 2 }", bottoms=[(2, 3)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        if not log_of_base(x.param.log_param.base, "log_param.base"):
            raise ShapeError(
                "there is no logarithm to base 1",
                field="log_param.base",
                hint="use another base, or remove it for base e",
            )
        if x.in_place:
            x.notes.append(
                "in place, Caffe's gradient of Log is wrong, and so is the one here; give its "
                "top a name of its own"
            )
        return [x.bottoms[0]]

    def late(self, x: Site) -> Late:
        log = x.param.log_param
        factor = log.scale / log_of_base(log.base, "log_param.base")
        slope = f"{factor!r} / ({number(log.scale)} * b[0] + {number(log.shift)})"
        return Late(f"({slope}) ** 2" if x.in_place else f"g * ({slope})")

    def code(self, x: Site) -> Code:
        log = x.param.log_param
        factor = 1 / log_of_base(log.base, "log_param.base")
        if x.in_place:
            call = f"log_in_place({{0}}, {factor!r}, {number(log.scale)}, {number(log.shift)})"
            return Code(call=call)
        times = "" if factor == 1 else f"{factor!r} * "
        return Code(call=f"{times}torch.log{linear(log.scale, log.shift)}")

    def signal(self, x: Site) -> Moments:
        import numpy as np

        from caffe2torch.moments import pointwise

        log = x.param.log_param
        factor = 1 / log_of_base(log.base, "log_param.base")
        return pointwise.function(
            lambda u: factor * np.log(np.maximum(log.shift + log.scale * u, 1e-20))
        )

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return math.prod(tops[0])


def log_in_place(x: torch.Tensor, factor: float, scale: float, shift: float) -> torch.Tensor:
    """The logarithm, with the gradient that Caffe's Log computes from the overwritten x."""
    y = factor * torch.log(scale * x.detach() + shift)
    return CaffeOverwritten.apply(x, y, factor * scale / (scale * y + shift))
