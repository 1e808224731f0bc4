"""BatchNorm: subtract the mean and divide by the standard deviation of each channel."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch.errors import ShapeError
from caffe2torch.layers._filled import filled
from caffe2torch.layers.base import Blob, Example, Layer, Moments, Role, Shape, Site, constant
from caffe2torch.layers.code import Code, number
from caffe2torch.layers.lazy import F, nn, torch
from caffe2torch.layers.scale import scaled_axes


class BatchNorm(Layer):
    """(x − mean) / sqrt(variance + eps) per channel, over the batch or with stored statistics.

    TRAIN takes the batch's mean and biased variance and adds them to the statistics: sum ← moving_
    average_fraction · sum + value, factor ← moving_average_fraction · factor + 1, with the
    unbiased variance. TEST divides the sums by the factor; a factor of 0 counts as mean and
    variance 0. use_global_stats, when written, overrides the phase.

    Three forks' layers share the name, told apart by their fields:
    BVLC    none of those below: three blobs
    Intel   use_weight_bias, bias_term or filler: then scale and bias; statistics as BVLC's;
            stats_batch_size, relu
    NVIDIA  scale_bias, scale_filler or bias_filler: then scale and bias; the statistics are moving
            averages and the factor stays 1; use_global_stats is ignored; eps is at least 1e-5

    Shape:    x (N, C) or (N, C, any...) -> same
    Params:   use_global_stats, the phase if not written; moving_average_fraction [0.999];
              eps [1e-05]
    Weights:  mean (C), variance (C), factor (1), all without learning rate; forks: weight (C),
              bias (C)
    Differs:  torch keeps averages, Caffe sums and a factor; the blobs here are Caffe's
    Raises:   ShapeError for a statistic with lr_mult, or less than two axes
    Source:   Ioffe and Szegedy 2015; Caffe src/caffe/layers/batch_norm_layer.cpp
    """

    type = "BatchNorm"
    keeps_output = False
    roles = frozenset({Role.NORMALIZER})
    param_field = "batch_norm_param"
    examples = (
        Example("", bottoms=[(4, 3, 2, 5)]),
        Example("batch_norm_param { use_global_stats: false eps: 0.001 }", bottoms=[(4, 3)]),
        Example("batch_norm_param { scale_bias: true }", bottoms=[(4, 3, 2, 5)]),
        Example("batch_norm_param { use_weight_bias: true relu: true }", bottoms=[(4, 3, 2, 5)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        if len(x.bottoms[0]) < 2:
            raise ShapeError(
                f"takes a bottom with a channel axis, not {x.bottoms[0]}",
                field="bottom",
                hint="add a Reshape layer in front",
            )
        batch, part = x.bottoms[0][0], x.param.batch_norm_param.stats_batch_size
        if part and batch % part:
            raise ShapeError(
                f"a batch of {batch} cannot be split into parts of {part}",
                field="batch_norm_param.stats_batch_size",
                hint=f"choose a divisor of {batch}",
            )
        _freeze_statistics(x)
        return [x.bottoms[0]]

    def blobs(self, x: Site) -> dict[str, Blob]:
        channels = (x.bottoms[0][1],)
        first = constant(1) if fork(x) == "nvidia" else None
        return {
            "mean": Blob(channels, learnable=False),
            "variance": Blob(channels, learnable=False),
            "factor": Blob((1,), first, learnable=False),
            **_affine(x, channels),
        }

    def untrained(self, x: Site) -> str:
        param, kind = x.param.batch_norm_param, fork(x)
        given = param.HasField("use_global_stats") and kind != "nvidia"
        stored = param.use_global_stats if given else not x.train
        eps = max(param.eps, 1e-5) if kind == "nvidia" else param.eps
        if not stored or eps <= 0:
            return ""
        return f"with empty statistics it multiplies by 1/sqrt({eps:g}) = {eps**-0.5:.0f}"

    def linear(self, x: Site) -> bool:
        return True

    def unasked(self, x: Site) -> tuple[int, ...]:
        return (0,)

    def code(self, x: Site) -> Code:
        param, kind = x.param.batch_norm_param, fork(x)
        items = [str(x.bottoms[0][1])]
        eps = max(param.eps, 1e-5) if kind == "nvidia" else param.eps
        if number(eps) != "1e-05":
            items.append(f"eps={number(eps)}")
        if number(param.moving_average_fraction) != "0.999":
            items.append(f"fraction={number(param.moving_average_fraction)}")
        if param.HasField("use_global_stats") and kind != "nvidia":
            items.append(f"use_global_stats={param.use_global_stats}")
        elif x.own_phase:
            items.append(f"use_global_stats={not x.train}")
        affine = _affine(x, (1,))
        items += [f"{key}=True" for key in affine]
        if param.stats_batch_size:
            items.append(f"part={param.stats_batch_size}")
        helper = CaffeNvidiaBatchNorm if kind == "nvidia" else CaffeBatchNorm
        call = "F.relu({self}({0}))" if param.relu else "{self}({0})"
        return Code(f"{helper.__name__}({', '.join(items)})", call=call)

    def join(self, x: Site, after: Site) -> str | None:
        """With a Scale of one number a channel, which torch's own kernel applies on the way."""
        scales = after.param.type == "Scale" and len(after.bottoms) == 1
        if not scales or fork(x) != "bvlc" or x.param.batch_norm_param.relu:
            return None
        axis, shape = scaled_axes(after, after.param.scale_param, "scale_param")
        whole = axis == 1 and len(shape) == 1
        return "{self}({0}, {after}.weight, {after}.bias)" if whole else None

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments import normalize

        param = x.param.batch_norm_param
        frozen = param.use_global_stats if param.HasField("use_global_stats") else not x.train
        return normalize.BatchNorm(param.eps, frozen and fork(x) != "nvidia")

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return math.prod(tops[0])


def fork(x: Site) -> str:
    """Whose BatchNorm the fields belong to: "bvlc", "nvidia" or "intel"."""
    param = x.param.batch_norm_param
    if any(param.HasField(name) for name in ("use_weight_bias", "bias_term", "filler")):
        return "intel"
    inside = param.scale_bias or param.HasField("scale_filler") or param.HasField("bias_filler")
    return "nvidia" if inside else "bvlc"


def _affine(x: Site, channels: Shape) -> dict[str, Blob]:
    """The scale and bias blobs that forks keep inside."""
    param, kind = x.param.batch_norm_param, fork(x)
    if kind == "bvlc" or (kind == "intel" and not param.use_weight_bias):
        return {}
    name = "filler" if kind == "intel" else "scale_filler"
    scale = getattr(param, name) if param.HasField(name) else constant(1)
    blobs = {"weight": filled(channels, scale, f"batch_norm_param.{name}")}
    if kind == "nvidia" or param.bias_term:
        blobs["bias"] = filled(channels, param.bias_filler, "batch_norm_param.bias_filler")
    return blobs


def _freeze_statistics(x: Site) -> None:
    """Give the statistics lr_mult 0, as LayerSetUp does in the layer's own parameters.

    NVIDIA sets all five multipliers, whatever the file says.
    """
    nvidia = fork(x) == "nvidia"
    for i in range(5 if nvidia else 3):
        if len(x.param.param) == i:
            x.param.param.add(lr_mult=0 if i < 3 else 1)
        spec = x.param.param[i]
        if nvidia:
            spec.lr_mult = spec.decay_mult = float(i >= 3)
        elif spec.lr_mult:
            raise ShapeError(
                f"lr_mult {spec.lr_mult:g} for a statistic of the batch, which is not trained",
                field="param.lr_mult",
                hint="write param { lr_mult: 0 } three times, or no param at all",
            )


def batch_norm(x: torch.Tensor, like: torch.Tensor, weight: Any, bias: Any, eps: float) -> Any:
    """Normalize each channel by its mean and biased variance over the batch.

    Returns y, the mean and the unbiased variance, which is 0 for a single value (torch refuses
    that); the statistics have the shape and type of `like`.
    """
    mean, variance = torch.zeros_like(like), torch.zeros_like(like)
    if x.numel() > x.size(1):
        # a momentum of 1 leaves the batch's own statistics; F.batch_norm would refuse an eps of 0
        fast = torch.backends.cudnn.enabled
        y = torch.batch_norm(x, weight, bias, mean, variance, True, 1.0, eps, fast)
        return y, mean, variance
    y = x - x
    y = y if weight is None else y * weight.view(x.shape)
    y = y if bias is None else y + bias.view(x.shape)
    return y, x.detach().flatten().to(like.dtype), variance


class CaffeBatchNorm(nn.Module):
    """Batch normalization whose buffers are Caffe's blobs: sums of means and variances, and
    the factor to divide them by.

    use_global_stats: None to go by train() and eval()
    part: take the statistics over this many images at a time; 0 for the whole batch
    """

    mean: torch.Tensor
    variance: torch.Tensor
    factor: torch.Tensor

    def __init__(
        self,
        channels: int,
        eps: float = 1e-5,
        fraction: float = 0.999,
        use_global_stats: Any = None,
        weight: bool = False,
        bias: bool = False,
        part: int = 0,
    ) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.zeros(channels))
        self.register_buffer("factor", torch.zeros(1))
        self.weight = nn.Parameter(torch.ones(channels)) if weight else None
        self.bias = nn.Parameter(torch.zeros(channels)) if bias else None
        self.eps, self.fraction, self.part = eps, fraction, part
        self.use_global_stats = use_global_stats

    def forward(self, x: torch.Tensor, weight: Any = None, bias: Any = None) -> torch.Tensor:
        """Normalize x; a weight and a bias that are given stand in for its own."""
        if weight is None:
            weight, bias = self.weight, self.bias
        stored = not self.training if self.use_global_stats is None else self.use_global_stats
        if stored:
            inverse = torch.where(self.factor.eq(0), 0.0, 1 / self.factor)
            mean, variance = self.mean * inverse, self.variance * inverse
            return F.batch_norm(x, mean, variance, weight, bias, False, 0.0, self.eps)
        if self.part:
            return torch.cat([self.normalize(y, weight, bias) for y in x.split(self.part)])
        return self.normalize(x, weight, bias)

    def normalize(self, x: torch.Tensor, weight: Any, bias: Any) -> torch.Tensor:
        """Normalize by the batch's own statistics and add them to the stored ones."""
        y, mean, variance = batch_norm(x, self.mean, weight, bias, self.eps)
        self.store(mean, variance)
        return y

    def store(self, mean: torch.Tensor, variance: torch.Tensor) -> None:
        """Add a batch's mean and unbiased variance to the sums."""
        self.mean.mul_(self.fraction).add_(mean)
        self.variance.mul_(self.fraction).add_(variance)
        self.factor.mul_(self.fraction).add_(1)


class CaffeNvidiaBatchNorm(CaffeBatchNorm):
    """NVIDIA's: moving averages with factor 1; the first batch replaces the zeros."""

    def store(self, mean: torch.Tensor, variance: torch.Tensor) -> None:
        """Move the averages towards a batch's mean and unbiased variance."""
        fresh = self.variance.eq(0).all()
        rate = torch.where(fresh, 1.0, 1 - self.fraction).to(mean.dtype)
        self.mean.lerp_(mean, rate)
        self.variance.lerp_(variance, rate)
