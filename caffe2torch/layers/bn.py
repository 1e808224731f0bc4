"""BN: batch normalization with scale and shift, in two forks' versions."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import ShapeError
from caffe2torch.layers._filled import filled
from caffe2torch.layers.base import (
    Blob,
    Count,
    Example,
    Layer,
    Moments,
    Role,
    Shape,
    Site,
    constant,
)
from caffe2torch.layers.batch_norm import batch_norm
from caffe2torch.layers.code import Code, number
from caffe2torch.layers.lazy import F, nn, torch


class BN(Layer):
    """weight · (x − mean) / sqrt(variance + eps) + bias, per channel.

    Two forks' layers share the name, told apart by their fields:
    SegNet  scale_filler, shift_filler or bn_mode: two blobs and no stored statistics. LEARN takes
            the batch's own in both phases, with eps 1e-9; INFERENCE is weight · x + bias, for
            files whose statistics have been folded in. Second and third top: mean, variance
    PSPNet  slope_filler, bias_filler, momentum or frozen (also yjxiong's fork): four blobs, the
            last two moving averages that TEST uses; frozen uses them in TRAIN and trains nothing
    With none of these fields it is PSPNet's if there are more than two param entries. SyncBN is
    yjxiong's under another name, with the statistics of all processes there and of one here.

    Shape:    x (N, C, H, W) -> (N, C, H, W), [mean (1, C, 1, 1)], [variance (1, C, 1, 1)]
    Params:   SegNet: scale_filler; shift_filler; bn_mode [LEARN].
              PSPNet: slope_filler; bias_filler; momentum [0.9]; eps [1e-05]; frozen [false]
    Weights:  weight, bias (1, C, 1, 1); PSPNet also mean, variance (1, C, 1, 1)
    Differs:  nothing
    Raises:   ShapeError for a bottom of 1 or more than 4 axes
    Source:   bn_layer.cpp of SegNet's and of PSPNet's Caffe forks
    """

    type = "BN"
    aliases = ("SyncBN",)
    origin = "SegNet"
    keeps_output = False
    roles = frozenset({Role.NORMALIZER})
    param_field = "bn_param"
    examples = (
        Example(
            "bn_param { scale_filler { value: 1 } shift_filler { value: 0.1 } }",
            bottoms=[(4, 3, 2, 5)],
        ),
        Example("bn_param { bn_mode: INFERENCE scale_filler { value: 2 } }", bottoms=[(4, 3, 2)]),
        Example("bn_param { slope_filler { value: 1 } momentum: 0.95 }", bottoms=[(4, 3, 2, 5)]),
        Example("bn_param { slope_filler { value: 1 } frozen: true }", bottoms=[(4, 3, 2, 5)]),
    )

    def counts(self, x: Site) -> tuple[Count, Count]:
        return 1, 1 if has_averages(x) else (1, 3)

    def shapes(self, x: Site) -> list[Shape]:
        shape = x.bottoms[0]
        most = 5 if has_averages(x) else 4  # P3D's takes clips
        if not 2 <= len(shape) <= most:
            raise ShapeError(
                f"takes a bottom of 2 to {most} axes, not {shape}",
                field="bottom",
                hint="add a Reshape layer in front",
            )
        if has_averages(x):
            _freeze_averages(x)
            return [shape]
        if x.n_tops > 1 and x.param.bn_param.bn_mode == pb.BNParameter.INFERENCE:
            raise ShapeError(
                "INFERENCE has no statistics to give", field="top", hint="keep one top"
            )
        return [shape + (1,) * (4 - len(shape))] + [(1, shape[1], 1, 1)] * (x.n_tops - 1)

    def blobs(self, x: Site) -> dict[str, Blob]:
        param, shape = x.param.bn_param, (1, x.bottoms[0][1], 1, 1)
        names = ("scale_filler", "shift_filler")
        if has_averages(x):
            names = ("slope_filler", "bias_filler")
        blobs = {
            key: filled(shape, getattr(param, name), f"bn_param.{name}")
            for key, name in zip(("weight", "bias"), names, strict=True)
        }
        if has_averages(x):
            blobs["mean"] = Blob(shape, learnable=False)
            blobs["variance"] = Blob(shape, constant(float(param.frozen)), learnable=False)
        return blobs

    def linear(self, x: Site) -> bool:
        return True

    def code(self, x: Site) -> Code:
        param, channels = x.param.bn_param, x.bottoms[0][1]
        if has_averages(x):
            items = f"{channels}, momentum={number(param.momentum)}, eps={number(param.eps)}"
            frozen = ", frozen=True" if param.frozen else ""
            return Code(f"CaffeAveragingBN({items}{frozen})")
        learn = param.bn_mode == pb.BNParameter.LEARN
        return Code(f"CaffeBN({channels}, learn={learn}, tops={x.n_tops})")

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments import normalize

        return normalize.BatchNorm(x.param.bn_param.eps)

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return 2 * math.prod(tops[0])


def has_averages(x: Site) -> bool:
    """Whether this is PSPNet's BN, with stored averages, rather than SegNet's."""
    if x.param.type == "SyncBN":
        return True
    param = x.param.bn_param
    if any(map(param.HasField, ("scale_filler", "shift_filler", "bn_mode"))):
        return False
    named = any(map(param.HasField, ("slope_filler", "bias_filler", "momentum", "frozen")))
    return named or len(x.param.param) > 2


def _freeze_averages(x: Site) -> None:
    """Set lr_mult and decay_mult to 0 as LayerSetUp does: of the averages, of all if frozen."""
    while len(x.param.param) < 4:
        x.param.param.add()
    for spec in x.param.param[0 if x.param.bn_param.frozen else 2 : 4]:
        spec.lr_mult = spec.decay_mult = 0.0


class CaffeBN(nn.Module):
    """SegNet's BN: the batch's own statistics always (learn), or weight · x + bias only."""

    def __init__(self, channels: int, learn: bool = True, tops: int = 1) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.learn, self.tops = learn, tops

    def forward(self, x: torch.Tensor) -> Any:
        x = x.reshape(*x.shape, *[1] * (4 - x.dim()))
        if not self.learn:
            return x * self.weight.view(-1, 1, 1) + self.bias.view(-1, 1, 1)
        y, mean, variance = batch_norm(x, self.weight.detach(), self.weight, self.bias, 1e-9)
        if self.tops == 1:
            return y
        count = x.numel() // x.size(1)
        biased = variance * ((count - 1) / count)
        return (y, mean.view(1, -1, 1, 1), biased.view(1, -1, 1, 1))[: self.tops]


class CaffeAveragingBN(nn.Module):
    """PSPNet's BN: like nn.BatchNorm2d with 1 − momentum, but averaging the biased variance."""

    mean: torch.Tensor
    variance: torch.Tensor

    def __init__(
        self, channels: int, momentum: float = 0.9, eps: float = 1e-5, frozen: bool = False
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.ones(channels))
        self.momentum, self.eps, self.frozen = momentum, eps, frozen

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.frozen or not self.training:
            stored = self.mean, self.variance, self.weight, self.bias
            return F.batch_norm(x, *stored, False, 0.0, self.eps)
        y, mean, variance = batch_norm(x, self.mean, self.weight, self.bias, self.eps)
        count = x.numel() // x.size(1)
        self.mean.lerp_(mean, 1 - self.momentum)
        self.variance.lerp_(variance * ((count - 1) / count), 1 - self.momentum)
        return y
