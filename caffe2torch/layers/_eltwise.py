"""Eltwise over its own first bottom, which Caffe clears or overwrites before it has read it.

Gradients go wrong, too: that of the first bottom lies in the memory of the top's, so what is
written for it is what the other bottoms find there.

Source: Caffe src/caffe/layers/eltwise_layer.cpp, Forward_cpu, Backward_cpu, with top[0] bottom[0]
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from caffe2torch.layers.lazy import torch


class CaffeOntoFirst(torch.autograd.Function):
    """A top that is written over the first bottom, with gradients by a rule.

    rule: (gradient, which bottoms want one) -> gradients of all bottoms, in their shape
    """

    @staticmethod
    def forward(
        ctx: Any, top: torch.Tensor, rule: Callable[..., Any], *bottoms: torch.Tensor
    ) -> torch.Tensor:
        """Give the top."""
        ctx.rule = rule
        return top.clone()

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[Any, ...]:
        """Give the gradients of the bottoms."""
        return (None, None, *ctx.rule(gradient, ctx.needs_input_grad[2:]))


def sum_onto_first(
    coefficients: Sequence[float], sharing: Sequence[int], *bottoms: torch.Tensor
) -> torch.Tensor:
    """The sum without the first bottom, which is set to 0 before it is added.

    sharing: bottoms in the same memory; what has been added up so far stands there
    """
    first, *factors = coefficients
    top = torch.zeros_like(bottoms[0])
    for i, factor in enumerate(factors, start=1):
        top = top + factor * (top if i in sharing else bottoms[i].detach())

    def rule(g: torch.Tensor, needs: Sequence[bool]) -> list[torch.Tensor]:
        g = first * g if needs[0] else g
        return [g, *(factor * g for factor in factors)]

    return CaffeOntoFirst.apply(top, rule, *bottoms)


def max_onto_first(sharing: Sequence[int], *bottoms: torch.Tensor) -> torch.Tensor:
    """The maximum without the first bottom, which is set to −FLT_MAX before it is compared.

    sharing: bottoms in the same memory; the largest so far stands there
    """
    top = torch.full_like(bottoms[0], -3.4028234663852886e38)
    place = torch.zeros_like(top, dtype=torch.long)
    for i, bottom in enumerate(bottoms[1:], start=1):
        x = top if i in sharing else bottom.detach()
        larger = ~(top > x) if i == 1 else x > top
        place = torch.where(larger, i, place)
        top = torch.where(larger, x, top)

    def rule(g: torch.Tensor, needs: Sequence[bool]) -> list[torch.Tensor]:
        g = torch.where(place == 0, g, 0.0) if needs[0] else g
        return [torch.where(place == i, g, 0.0) for i in range(len(bottoms))]

    return CaffeOntoFirst.apply(top, rule, *bottoms)


def product_onto_first(
    stable: bool, sharing: Sequence[int], *bottoms: torch.Tensor
) -> torch.Tensor:
    """The product, whose gradients are those of `late_product`.

    sharing: bottoms in the memory of the first; behind the first product that stands there
    """
    top = bottoms[0].detach() * bottoms[1].detach()
    for i, bottom in enumerate(bottoms[2:], start=2):
        top = top * (top if i in sharing else bottom.detach())
    factors = [top if i in sharing else x.detach() for i, x in enumerate(bottoms)]

    def rule(g: torch.Tensor, needs: Sequence[bool]) -> list[torch.Tensor]:
        return late_product(g, factors, top, needs, stable)

    return CaffeOntoFirst.apply(top, rule, *bottoms)


def late_product(
    g: torch.Tensor,
    b: Sequence[torch.Tensor],
    t: torch.Tensor,
    needs: Sequence[bool],
    stable: bool,
) -> list[torch.Tensor]:
    """Gradients of the factors, from what the bottoms `b` and the top `t`, over the first, hold.

    The first one's is the square of its slope: the slope has overwritten what arrived.
    """
    factors = [t, *b[1:]]
    gradients = []
    for i, factor in enumerate(factors):
        others = torch.stack(factors[:i] + factors[i + 1 :])
        slope = others.prod(0) if stable else t / factor
        if i == 0 and needs[0]:
            g = slope
        gradients.append(slope * g)
        g = gradients[0] if needs[0] else g
    return gradients
