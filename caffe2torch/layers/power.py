"""Power: a power of a linear function."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch.layers._straight import CaffeOverwritten
from caffe2torch.layers.base import Example, Layer, Moments, Role, Shape, Site
from caffe2torch.layers.code import Code, Late, number
from caffe2torch.layers.lazy import torch


class Power(Layer):
    """(shift + scale · x) ** power.

    Shape:    x (any) -> same
    Params:   power [1]; scale [1]; shift [0]
    Weights:  none
    Differs:  as in Caffe the gradient is a quotient of output and base, NaN where both are 0,
              and in place it is the square of the local one, whatever arrives
    Raises:   nothing
    Source:   Caffe src/caffe/layers/power_layer.cpp
    """

    type = "Power"
    roles = frozenset({Role.ACTIVATION, Role.AFFINE})
    param_field = "power_param"
    examples = (
        Example("power_param { scale: 2.5 shift: -0.5 }", bottoms=[(2, 3, 4, 5)]),
        Example("power_param { power: 2 scale: 0.5 shift: 1.5 }", bottoms=[(2, 3)]),
        Example("power_param { power: -0.5 shift: 0.1 }", bottoms=[(2, 3)], low=0.1),
        Example("power_param { scale: 0 shift: 3 power: 2 }", bottoms=[(2, 3)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        if x.in_place:
            x.notes.append(
                "in place, Caffe's gradient of Power is wrong (the square of the local one, "
                "whatever arrives), and so is the one here; give its top a name of its own"
            )
        return [x.bottoms[0]]

    def late(self, x: Site) -> Late:
        power, scale, shift = (getattr(x.param.power_param, k) for k in ("power", "scale", "shift"))
        if power * scale == 0:
            return Late("torch.zeros_like(g)")
        slope = late_slope(power, scale, shift)
        return Late(f"({slope}) ** 2" if x.in_place else f"g * ({slope})")

    def linear(self, x: Site) -> bool:
        return bool(x.param.power_param.power == 1)

    def code(self, x: Site) -> Code:
        power, scale, shift = (getattr(x.param.power_param, k) for k in ("power", "scale", "shift"))
        if power * scale == 0:
            call = f"CaffeConstant.apply({{0}}, {number(constant_power(shift, power))})"
            return Code(call=call)
        numbers = ", ".join(map(number, (power, scale, shift)))
        if x.in_place:
            call = f"power_in_place({{0}}, {numbers})"
            return Code(call=call)
        if power not in (1, 2):
            return Code(call=f"CaffePower.apply({{0}}, {numbers})")
        return Code(call=linear(scale, shift) + (" ** 2" if power == 2 else ""))

    def signal(self, x: Site) -> Moments:
        import numpy as np

        from caffe2torch.moments import pointwise

        param = x.param.power_param
        if param.power == 1:
            return pointwise.Affine(param.scale, param.shift)
        return pointwise.function(
            lambda u: np.abs(param.shift + param.scale * u) ** param.power, increasing=False
        )

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return math.prod(tops[0])


def late_slope(power: float, scale: float, shift: float) -> str:
    """Source of the local gradient from b and t, as PowerLayer::Backward_cpu computes it."""
    p, a, c = number(power), number(scale), number(shift)
    if power == 1:
        return f"torch.full_like(g, {a})"
    if power == 2:
        return f"2.0 * {a} * ({a} * b[0] + {c})"
    if shift == 0:
        return f"{p} * (t / b[0])"
    return f"{p} * {a} * (t / ({a} * b[0] + {c}))"


def linear(scale: float, shift: float) -> str:
    """Source of shift + scale · x, as short as it gets."""
    text = "{0}" if scale == 1 else f"{number(scale)} * {{0}}"
    if shift:
        text = f"{text} {'-' if shift < 0 else '+'} {number(abs(shift))}"
    return f"({text})"


def constant_power(base: float, power: float) -> float:
    """C's pow(base, power), without Python's exceptions."""
    try:
        return math.pow(base, power)
    except ValueError:
        return math.inf if base == 0 else math.nan
    except OverflowError:
        return -math.inf if base < 0 and power % 2 == 1 else math.inf


class CaffeConstant(torch.autograd.Function):
    """The same value everywhere, with a gradient of 0."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, value: float) -> torch.Tensor:
        """Give a tensor like x, full of `value`."""
        return torch.full_like(x, value)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        """Give zeros."""
        return torch.zeros_like(gradient), None


class CaffePower(torch.autograd.Function):
    """(shift + scale · x) ** power, with Caffe's quotient as gradient."""

    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, power: float, scale: float, shift: float
    ) -> torch.Tensor:
        """Give the power, same shape as x."""
        ctx.save_for_backward(x)
        ctx.numbers = power, scale, shift
        return (scale * x + shift) ** power

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None, None]:
        """Give power · scale · output / base times the gradient."""
        (x,) = ctx.saved_tensors
        power, scale, shift = ctx.numbers
        base = scale * x + shift
        return gradient * (power * scale * (base**power / base)), None, None, None


def power_in_place(x: torch.Tensor, power: float, scale: float, shift: float) -> torch.Tensor:
    """The power, with the gradient that Caffe's Power computes from the overwritten x."""
    y = (scale * x.detach() + shift) ** power
    if power == 1:
        slope = torch.full_like(y, scale)
    elif power == 2:
        slope = 2 * scale * (scale * y + shift)
    elif shift == 0:
        slope = power * (y / y)
    else:
        slope = power * scale * (y / (scale * y + shift))
    return CaffeOverwritten.apply(x, y, slope)
