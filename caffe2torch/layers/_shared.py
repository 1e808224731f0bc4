"""What Caffe's shared memory does to values and gradients, for emitted source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from caffe2torch.layers.lazy import torch


class CaffeShared(torch.autograd.Function):
    """A blob whose memory another layer has overwritten: new values, gradient to the old blob."""

    @staticmethod
    def forward(ctx: Any, old: torch.Tensor, new: torch.Tensor) -> torch.Tensor:
        """Give the values of `new`, which is detached, in the shape of `old`."""
        return new.reshape(old.shape).clone()

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        """Give the gradient as it came."""
        return gradient, None


class CaffeLost(torch.autograd.Function):
    """A blob whose gradient never arrives: a Flatten behind puts it into other memory."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        """Give x."""
        return x.clone()

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        """Give zeros."""
        return torch.zeros_like(gradient)


class CaffeLeftover(torch.autograd.Function):
    """A top whose layer leaves numbers in the gradient of a bottom that wants none."""

    @staticmethod
    def forward(
        ctx: Any, top: torch.Tensor, bottom: torch.Tensor, rule: Callable[..., torch.Tensor]
    ) -> torch.Tensor:
        """Give the top; `rule` makes the numbers of its gradient and the bottoms, here one."""
        ctx.save_for_backward(bottom)
        ctx.rule = rule
        return top.clone()

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, None]:
        """Give the gradient of the top, and to the bottom what was left."""
        return gradient, ctx.rule(gradient, ctx.saved_tensors), None


class CaffeReplaced(torch.autograd.Function):
    """A parameter whose gradient replaces that of the pass before instead of adding to it."""

    @staticmethod
    def forward(ctx: Any, parameter: torch.Tensor) -> torch.Tensor:
        """Give the parameter."""
        ctx.parameter = parameter
        return parameter.view_as(parameter)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        """Give the gradient, and forget the old one."""
        ctx.parameter.grad = None
        return gradient


class CaffeResidue(torch.autograd.Function):
    """A blob to whose gradient a Split adds what some layer's forward has left there."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, left: list[torch.Tensor]) -> torch.Tensor:
        """Give x; `left` is filled before backward."""
        ctx.left = left
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        """Give the gradient and all that was left."""
        for left in ctx.left:
            gradient = gradient + left.reshape(gradient.shape)
        return gradient, None
