"""Values with a gradient of their own, for the places where Caffe's is not the mathematical one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from caffe2torch.layers.lazy import torch


class CaffeClamp(torch.autograd.Function):
    """Clamp to [low, high] (None: no bound) whose gradient passes everywhere."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, low: float | None, high: float | None) -> torch.Tensor:
        """Give x within the bounds, same shape."""
        return x.clamp(low, high)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        """Give the gradient as it came."""
        return gradient, None, None


class CaffeClip(torch.autograd.Function):
    """max(low, min(x, high)) as std::max and std::min give it: low for NaN.

    The gradient passes within the range, at its ends too, where torch.clamp's differs between
    versions of torch. In place the values that are looked at are the clipped ones.
    """

    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, low: float, high: float, in_place: bool = False
    ) -> torch.Tensor:
        """Give x within the bounds, same shape; low everywhere where low is above high."""
        y = x.clamp(max=high).clamp(min=low).masked_fill(x.isnan(), low)
        seen = y if in_place else x
        ctx.save_for_backward((seen >= low) & (seen <= high))
        return y

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None, None]:
        """Give the gradient where x was within the bounds, 0 elsewhere."""
        (inside,) = ctx.saved_tensors
        return gradient * inside, None, None, None


class CaffeGradient(torch.autograd.Function):
    """The value y, whose gradient towards x is `slope` times the one that arrives."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, y: torch.Tensor, slope: torch.Tensor) -> torch.Tensor:
        """Give y; x, y and slope have one shape."""
        ctx.save_for_backward(slope)
        return y.clone()

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        """Give slope · gradient."""
        (slope,) = ctx.saved_tensors
        return gradient * slope, None, None


class CaffeOverwritten(CaffeGradient):
    """The value y, whose gradient towards x is slope², whatever arrives.

    Some of Caffe's layers, run in place, write their slope over the gradient that arrives
    before they multiply the two.
    """

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        """Give slope²."""
        (slope,) = ctx.saved_tensors
        return slope * slope, None, None


class CaffeRuled(torch.autograd.Function):
    """The value y, whose gradient towards x is what `rule` makes of the one that arrives."""

    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, y: torch.Tensor, rule: Callable[[torch.Tensor], torch.Tensor]
    ) -> torch.Tensor:
        """Give y; the rule's gradient has the shape of x."""
        ctx.rule = rule
        return y.clone()

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        """Give what the rule gives."""
        return ctx.rule(gradient), None, None
