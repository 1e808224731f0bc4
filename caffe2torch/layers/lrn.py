"""LRN: local response normalization, across channels or inside one channel."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import ShapeError
from caffe2torch.layers._straight import CaffeRuled
from caffe2torch.layers.base import Example, Layer, Moments, Shape, Site
from caffe2torch.layers.code import Code, Late, literal, op
from caffe2torch.layers.lazy import F, torch


class LRN(Layer):
    """x / (k + alpha/n · Σ x²)^beta over n channels around each one (ACROSS_CHANNELS), or
    x / (1 + alpha/n² · Σ x²)^beta over n × n pixels (WITHIN_CHANNEL).

    Shape:    x (N, C, H, W) -> (N, C, H, W)
    Params:   local_size, odd [5]; alpha [1]; beta [0.75]; k [1]; norm_region [ACROSS_CHANNELS]
    Weights:  none
    Differs:  WITHIN_CHANNEL ignores k, as Caffe does; torch has no such mode. ACROSS_CHANNELS
              is nn.LocalResponseNorm, three times as fast by summing without 3-D pooling. In
              place it gives (k + alpha/n · Σ x²)^(−2 beta), as Caffe does: the power has
              overwritten x before the two are multiplied, and in its gradient the one that arrives
    Raises:   ShapeError if local_size is even or x is not 4-D
    Source:   Krizhevsky et al. 2012; Caffe src/caffe/layers/lrn_layer.cpp
    """

    type = "LRN"
    param_field = "lrn_param"
    examples: ClassVar[tuple[Example, ...]] = (
        Example("lrn_param { local_size: 3 alpha: 0.5 k: 2 }", bottoms=[(2, 5, 3, 4)]),
        Example("lrn_param { norm_region: WITHIN_CHANNEL local_size: 3 }", bottoms=[(2, 3, 5, 4)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        param = x.param.lrn_param
        if param.local_size % 2 == 0:
            raise ShapeError(
                f"local_size is {param.local_size}; it must be odd",
                field="lrn_param.local_size",
                hint=f"use {param.local_size + 1}",
            )
        if len(x.bottoms[0]) != 4:
            raise ShapeError(
                f"takes a bottom of 4 axes (N, C, H, W), not {x.bottoms[0]}",
                field="bottom",
                hint="add a Reshape layer in front",
            )
        if x.in_place and not _within(x):
            x.notes.append(
                "in place, Caffe's LRN across channels overwrites its bottom before it multiplies "
                "with it; so does the one here; give its top a name of its own"
            )
        return [x.bottoms[0]]

    def late(self, x: Site) -> Late | None:
        param = x.param.lrn_param
        numbers = ", ".join(map(literal, (param.local_size, param.alpha, param.beta)))
        if _within(x):
            return Late(f"late_lrn_within(g, b[0], x[0], {numbers})")
        numbers += f", {literal(param.k)}"
        if x.in_place:
            return Late(f"late_lrn_in_place(t, x[0], {numbers})")
        return Late(f"late_lrn(g, b[0], t, x[0], {numbers})")

    def remembers(self, x: Site, tops: list[Shape], backward: bool) -> int:
        return 8 * math.prod(tops[0]) if backward else 0  # the sums and their power

    def unasked(self, x: Site) -> tuple[int, ...]:
        return (0,)

    def code(self, x: Site) -> Code:
        param = x.param.lrn_param
        within, across = (
            (lrn_within_in_place, lrn_across_in_place) if x.in_place else (lrn_within, lrn_across)
        )
        if _within(x):
            return op(within, size=param.local_size, alpha=param.alpha, beta=param.beta)
        return op(across, size=param.local_size, alpha=param.alpha, beta=param.beta, k=param.k)

    def signal(self, x: Site) -> Moments | None:
        from caffe2torch.moments import normalize

        param, within = x.param.lrn_param, _within(x)
        if x.in_place and not within:
            return None
        k = 1.0 if within else param.k
        return normalize.LRN(param.local_size, param.alpha, param.beta, k, within)

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return math.prod(tops[0]) * x.param.lrn_param.local_size


def _within(x: Site) -> bool:
    return bool(x.param.lrn_param.norm_region == pb.LRNParameter.WITHIN_CHANNEL)


def channel_sum(x: torch.Tensor, size: int) -> torch.Tensor:
    """The sum of each channel with size // 2 channels on either side."""
    total = x.clone()
    for distance in range(1, min(size // 2 + 1, x.shape[1])):
        total[:, distance:] += x[:, :-distance]
        total[:, :-distance] += x[:, distance:]
    return total


def inverse_power(base: torch.Tensor, beta: float) -> torch.Tensor:
    """base^−beta; with the usual 3/4 by square roots, in a third of the time of a power."""
    if beta != 0.75:
        return base.pow(-beta)
    root = base.rsqrt()
    return root.sqrt().mul_(root)


class CaffeLRN(torch.autograd.Function):
    """x / (k + alpha/n · Σ x²)^beta over channels, with the gradient that Caffe computes."""

    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, size: int, alpha: float, beta: float, k: float
    ) -> torch.Tensor:
        base = channel_sum(x.square(), size).mul_(alpha / size).add_(k)
        factor = inverse_power(base, beta)
        ctx.save_for_backward(x, base, factor)
        ctx.settings = size, -2 * alpha * beta / size
        return x * factor

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> Any:
        x, base, factor = ctx.saved_tensors
        size, slope = ctx.settings
        direct = grad * factor
        ratio = channel_sum(direct * x / base, size)
        return torch.addcmul(direct, x, ratio, value=slope), None, None, None, None


def lrn_across(x: torch.Tensor, size: int, alpha: float, beta: float, k: float) -> torch.Tensor:
    """Local response normalization over `size` channels."""
    return CaffeLRN.apply(x, size, alpha, beta, k)


def lrn_within(x: torch.Tensor, size: int, alpha: float, beta: float) -> torch.Tensor:
    """x · (1 + alpha · mean of x² over size × size pixels, zeros outside)^−beta."""
    mean = F.avg_pool2d(x.square(), size, 1, size // 2)
    return x * (1 + alpha * mean) ** -beta


def lrn_across_in_place(
    x: torch.Tensor, size: int, alpha: float, beta: float, k: float
) -> torch.Tensor:
    """What Caffe's LRN writes over its own bottom: its factor squared."""
    before = x.detach()
    y = (channel_sum(before.square(), size) * (alpha / size) + k) ** (-2 * beta)
    return CaffeRuled.apply(x, y, lambda _: late_lrn_in_place(y, before, size, alpha, beta, k))


def lrn_within_in_place(x: torch.Tensor, size: int, alpha: float, beta: float) -> torch.Tensor:
    """lrn_within, with the gradient that Caffe's LRN computes from the overwritten x."""
    before = x.detach()
    y = lrn_within(before, size, alpha, beta)
    return CaffeRuled.apply(x, y, lambda g: late_lrn_within(g, y, before, size, alpha, beta))


def late_lrn(
    grad: torch.Tensor, bottom: torch.Tensor, top: torch.Tensor, x: torch.Tensor,
    size: int, alpha: float, beta: float, k: float,
) -> torch.Tensor:  # fmt: skip
    """The gradient from a top that was overwritten after it was computed from x."""
    base = channel_sum(x.square(), size).mul_(alpha / size).add_(k)
    ratio = channel_sum(grad * top / base, size)
    return grad * inverse_power(base, beta) - 2 * alpha * beta / size * bottom * ratio


def late_lrn_in_place(
    top: torch.Tensor, x: torch.Tensor, size: int, alpha: float, beta: float, k: float
) -> torch.Tensor:
    """The gradient in place, whatever arrives: the factor has overwritten that."""
    base = channel_sum(x.square(), size).mul_(alpha / size).add_(k)
    grad = base.pow(-2 * beta)
    ratio = channel_sum(grad * top / base, size)
    return grad - 2 * alpha * beta / size * top * ratio


def late_lrn_within(
    grad: torch.Tensor, bottom: torch.Tensor, x: torch.Tensor, size: int, alpha: float, beta: float
) -> torch.Tensor:
    """The gradient from a bottom that was overwritten after its sums were computed from x."""
    base = 1 + alpha * F.avg_pool2d(x.square(), size, 1, size // 2)
    slope = grad * bottom * -alpha * beta * base ** (-beta - 1)
    return grad * base**-beta + 2 * bottom * F.avg_pool2d(slope, size, 1, size // 2)
