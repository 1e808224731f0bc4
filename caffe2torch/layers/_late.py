"""Gradients of a blob that a later layer has overwritten in place.

Caffe's backward reads blobs as they are then, not as they were in forward. When a layer's top is
overwritten later (ReLU, then BatchNorm in place), its gradient is computed from the wrong values.
Training in Caffe was that, so it is that here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from caffe2torch.layers.lazy import torch


class CaffeLate(torch.autograd.Function):
    """Apply `call`; in backward, read the blob as the last in-place layer left it.

    later:    a list that holds, by the time of backward, the last value of the top
    in_place: the first bottom is the same blob as the top
    rule:     (gradient, bottoms at backward, top at backward, bottoms at forward) -> gradients
    """

    @staticmethod
    def forward(
        ctx: Any,
        call: Callable[..., torch.Tensor],
        later: list[torch.Tensor],
        in_place: bool,
        rule: Callable[..., Any],
        *bottoms: torch.Tensor,
    ) -> torch.Tensor:
        """Give what `call` gives."""
        ctx.later, ctx.in_place, ctx.rule = later, in_place, rule
        ctx.save_for_backward(*bottoms)
        return call(*bottoms).clone()

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[Any, ...]:
        """Give the gradients of the bottoms."""
        (top,), before = ctx.later, ctx.saved_tensors
        bottoms = (top, *before[1:]) if ctx.in_place else before
        gradients = ctx.rule(gradient, bottoms, top, before)
        if isinstance(gradients, torch.Tensor):
            gradients = (gradients,)
        return (None, None, None, None, *gradients)
