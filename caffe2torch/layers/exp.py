"""Exp: the exponential function of any base."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Moments, Role, Shape, Site
from caffe2torch.layers.code import Code, Late


class Exp(Layer):
    """base ** (shift + scale · x).

    Shape:    x (any) -> same
    Params:   base [-1], where -1 means e; scale [1]; shift [0]
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError if base is neither positive nor -1
    Source:   Caffe src/caffe/layers/exp_layer.cpp
    """

    type = "Exp"
    roles = frozenset({Role.ACTIVATION})
    param_field = "exp_param"
    examples = (
        Example(bottoms=[(2, 3, 4, 5)]),
        Example("exp_param { base: 0.5 scale: 1.5 shift: 0.2 }", bottoms=[(2, 3)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        log_of_base(x.param.exp_param.base, "exp_param.base")
        return [x.bottoms[0]]

    def late(self, x: Site) -> Late:
        exp = x.param.exp_param
        return Late(f"g * t * {literal(log_of_base(exp.base, 'exp_param.base') * exp.scale)}")

    def code(self, x: Site) -> Code:
        exp = x.param.exp_param
        log = log_of_base(exp.base, "exp_param.base")
        inner, outer = log * exp.scale, exponential(log * exp.shift)
        power = "{0}" if inner == 1 else f"{literal(inner)} * {{0}}"
        return Code(call=f"torch.exp({power})" + ("" if outer == 1 else f" * {literal(outer)}"))

    def signal(self, x: Site) -> Moments:
        import numpy as np

        from caffe2torch.moments import pointwise

        exp = x.param.exp_param
        log = log_of_base(exp.base, "exp_param.base")
        return pointwise.function(
            lambda u: np.exp(np.minimum(log * (exp.shift + exp.scale * u), 80))
        )

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return math.prod(tops[0])


def log_of_base(base: float, field: str) -> float:
    """The natural logarithm of a `base` parameter, where -1 means e."""
    if base == -1:
        return 1.0
    if not 0 < base < math.inf:
        raise ShapeError(
            f"base must be positive, and is {base:g}", field=field, hint="remove it for base e"
        )
    return math.log(base)


def exponential(power: float) -> float:
    """C's exp, without Python's exception."""
    try:
        return math.exp(power)
    except OverflowError:
        return math.inf


def literal(value: float) -> str:
    """Source of a double, which may be infinite or NaN."""
    return repr(value) if math.isfinite(value) else f'float("{value}")'
