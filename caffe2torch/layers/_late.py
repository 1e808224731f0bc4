"""Gradients from blobs that a later layer has overwritten in place.

Caffe's backward reads blobs as they are then, not as they were in forward. When a layer's top or
bottom is overwritten later (ReLU, then BatchNorm in place; or a TanH in place on a Flatten of the
same blob), its gradient is computed from the wrong values. Training in Caffe was that, so it is
that here.

In both classes `later` holds a list for each blob that is overwritten, and None for the others; by
the time of backward the list holds the last value of the blob's memory, in any shape.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from caffe2torch.layers.lazy import torch


class CaffeLate(torch.autograd.Function):
    """Apply `call`; in backward, compute the gradients of the bottoms by a rule.

    later: of the top, then of each bottom, as a tuple
    rule:  (gradient, bottoms at backward, top at backward, bottoms at forward, which bottoms want a
           gradient) -> gradients
    """

    @staticmethod
    def forward(
        ctx: Any,
        call: Callable[..., torch.Tensor],
        later: Any,
        rule: Callable[..., Any],
        *bottoms: torch.Tensor,
    ) -> torch.Tensor:
        """Give what `call` gives."""
        ctx.later, ctx.rule = later, rule
        top = call(*bottoms).clone()
        ctx.save_for_backward(*bottoms, *([top] if later[0] is None else []))
        return top

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[Any, ...]:
        """Give the gradients of the bottoms."""
        count = len(ctx.later) - 1
        before, shape = ctx.saved_tensors[:count], gradient.shape
        top = ctx.saved_tensors[-1] if ctx.later[0] is None else ctx.later[0][0].reshape(shape)
        bottoms = [
            x if last is None else last[0].reshape(x.shape)
            for x, last in zip(before, ctx.later[1:], strict=True)
        ]
        gradients = ctx.rule(gradient, bottoms, top, before, ctx.needs_input_grad[3:])
        if isinstance(gradients, torch.Tensor):
            gradients = (gradients,)
        return (None, None, None, *gradients)


class CaffeReread(torch.autograd.Function):
    """Apply `call` to the bottoms; in backward, differentiate it at what the bottoms hold then.

    later:   of each bottom, as a tuple
    tensors: the bottoms, then the parameters of `call`
    """

    @staticmethod
    def forward(
        ctx: Any,
        call: Callable[..., Any],
        later: Any,
        *tensors: torch.Tensor,
    ) -> Any:
        """Give what `call` gives."""
        bottoms, ctx.parameters = tensors[: len(later)], tensors[len(later) :]
        ctx.call, ctx.later = call, later
        ctx.save_for_backward(*bottoms)
        return call(*bottoms)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[Any, ...]:
        """Give the gradients of bottoms and parameters."""
        bottoms = [
            x if last is None else last[0].reshape(x.shape)
            for x, last in zip(ctx.saved_tensors, ctx.later, strict=True)
        ]
        needs = ctx.needs_input_grad[2:]
        with torch.enable_grad():
            leaves = [x.detach().requires_grad_(n) for x, n in zip(bottoms, needs, strict=False)]
            tops = getattr(ctx.call, "forward", ctx.call)(*leaves)
        inputs = (*leaves, *ctx.parameters)
        wanted = [x for x, need in zip(inputs, needs, strict=True) if need]
        given = iter(torch.autograd.grad(tops, wanted, gradients, allow_unused=True))
        return (None, None, *[next(given) if need else None for need in needs])
