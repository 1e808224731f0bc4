"""Layers with weights: convolution, inner product, deconvolution.

For weights that are independent, of mean m and variance v, any two outputs of one channel have
E[y_p y_q] = fan_in · v · E[x_p x_q] exactly, whatever the input is; the convolution does not
change how correlation falls with distance. A mean m ≠ 0 adds the same signal to all channels.
Padding leaves out some of the terms: `inside` is the share of them that is there, on average.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import prod

import numpy as np

from caffe2torch.moments import profile
from caffe2torch.moments.activation import Rectifier
from caffe2torch.moments.base import Moments, Place
from caffe2torch.moments.lags import RADII, Array, N, pairs, window
from caffe2torch.moments.profile import Profile, Taps, fitting
from caffe2torch.moments.state import CROSS, SAME, Grad, State

MOST_BURST = 0.8
"""Variance over places of their energy that is reckoned with, at most.

An approximation: how fast few channels make places uneven is exact for one layer only. Measured
with tools/check_signal.py, layers within a factor 2 with it and without: ResNet-152 with BatchNorm
154 and 103 of 156; SqueezeNext (110 layers of 16 to 64 channels, where the variance is 4 to 16)
454 and 207 of 560; SE-ResNet-50 69 and 85 of 85.
"""


@cache
def common(
    sizes: tuple[int, ...],
    out: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    pad: tuple[int, ...],
    dilation: tuple[int, ...],
    pitch: float,
) -> Array:
    """(N,) share of a window's taps inside the image that are inside for a window apart, too.

    Near the border two windows see the image through different taps, and so with different
    weights: on small padded maps that makes neighbours less alike.
    """
    share = np.zeros(N)
    for size, n, k, s, p, d in zip(sizes, out, kernel, stride, pad, dilation, strict=True):
        at = np.arange(n)[:, None] * s - p + np.arange(k) * d
        valid = ((at >= 0) & (at < size)).astype(np.float64)
        for index, radius in enumerate(RADII):
            lag = min(round(radius / (pitch * s)), n - 1)
            both = (valid[: n - lag] * valid[lag:]).sum(1).mean()
            share[index] += both / max(valid.sum(1).mean(), 1e-12) / len(sizes)
    return np.minimum(share / share[0], 1.0) if share[0] > 0 else np.ones(N)


def bias_of(at: Place, state: State) -> State:
    """The state with the layer's bias added."""
    spread_ = at.spreads.get("bias")
    return state.shifted(spread_.mean, spread_.var) if spread_ else state


@dataclass(frozen=True)
class Linear(Moments):
    """Outputs that are sums of `taps` inputs a channel, each with a weight of its own.

    kernel, stride, pad, dilation: of a convolution; all empty for an inner product, whose
        kernel is the whole bottom
    group: channels are summed within groups
    transposed: a deconvolution
    """

    kernel: tuple[int, ...] = ()
    stride: tuple[int, ...] = ()
    pad: tuple[int, ...] = ()
    dilation: tuple[int, ...] = ()
    group: int = 1
    transposed: bool = False

    def forward(self, at: Place, x: list[State]) -> list[State]:
        """Scale the covariance by fan_in · v, and add what the weights' mean contributes."""
        tops = []
        for state, shape in zip(x, at.tops, strict=True):
            top = self._forward(at, state, tuple(shape)).typical(2.0)
            tops.append(bias_of(at, top))
        return tops

    def _forward(self, at: Place, x: State, shape: tuple[int, ...]) -> State:
        w, raw = at.spreads["weight"], x.raw
        share, lines = self._up(x.spread, shape[2:])
        fan = self._terms(x, shape) * share
        apart, alike = fan * w.var, self._common(x, fan) * w.mean**2
        k = (apart + alike) * self._smooth(raw.square, w.independent) * self._both(x, shape)
        joint, zero = (apart + alike) * raw.joint, (apart + alike) * raw.zero
        diff = (apart + alike) * raw.diff
        flat = prod(shape[2:]) == 1
        if flat:
            k = np.repeat(k[:, :1], N, 1)
        tied = alike > apart
        pitch = x.pitch * self._step()
        return State(
            shape,
            0.0,
            k,
            pitch,
            0.0,
            joint,
            zero,
            diff,
            tied=bool(tied),
            guess=x.guess,
            profile=lines,
            burst=0.0 if flat else self._burst(x),
        )

    def _burst(self, x: State) -> float:
        """How unevenly places share the energy above: what it was, and what few channels add."""
        each = 5.0 if isinstance(x.act, Rectifier) else 2.0
        more = 1 + each / max(1.0, x.channels * prod(self.kernel) ** 0.5)
        return float(min(MOST_BURST, (1 + x.burst) * more - 1))

    def _common(self, x: State, fan: float) -> float:
        """(Σ x)² over a fan of inputs ÷ E[x²]: fan² if they are equal, fan if independent."""
        raw = x.raw
        if x.tied:
            return fan * fan
        square = float(raw.square[SAME, 0])
        equal = raw.mean**2 / square if square > 0 else 0.0
        return fan * fan * equal + fan * (1 - equal)

    def _terms(self, x: State, shape: tuple[int, ...]) -> float:
        """Inputs that one output sums, on average, if none lay outside."""
        channels = x.channels / self.group
        if not self.kernel:
            return float(prod(x.shape[1:])) * x.batch / shape[0]
        spread_over = x.places / prod(shape[2:]) if self.transposed else 1.0
        return channels * prod(self.kernel) * spread_over

    @property
    def _taps(self) -> tuple[Taps, ...]:
        return tuple(zip(self.kernel, self.stride, self.pad, self.dilation, strict=True))

    def _up(self, lines: Profile, sizes: tuple[int, ...]) -> tuple[float, Profile]:
        """Share of the taps that count, and the profile on the side of the output."""
        if not self.kernel:
            return 1.0, ()
        walk = profile.backward if self.transposed else profile.forward
        return walk(lines, tuple(sizes), self._taps)

    def _down(self, lines: Profile, sizes: tuple[int, ...]) -> tuple[float, Profile]:
        """The same for a gradient, on the side of the input."""
        if not self.kernel:
            return 1.0, ()
        walk = profile.forward if self.transposed else profile.backward
        return walk(lines, tuple(sizes), self._taps)

    def _smooth(self, k: Array, independent: bool) -> Array:
        """What a deconvolution does to correlations: independent taps make neighbours differ."""
        if not self.transposed or not independent:
            return k
        share = np.ones(N)
        share[1:] = 1 / prod(self.stride)
        return k * share

    def _both(self, x: State, shape: tuple[int, ...]) -> Array:
        """(N,) what different taps near the border take from correlations."""
        if not self.kernel or self.transposed or not any(self.pad):
            return np.ones(N)
        taps = self.kernel, self.stride, self.pad, self.dilation
        return common(tuple(x.sizes), tuple(shape[2:]), *taps, x.pitch)

    def _step(self) -> float:
        if not self.stride:
            return 1.0
        mean = float(prod(self.stride)) ** (1 / len(self.stride))
        return float(1 / mean if self.transposed else mean)

    def backward(
        self, at: Place, x: list[State], y: list[State], g: list[Grad]
    ) -> list[Grad | None]:
        """Scale by fan_out · v; places that no window shares have nothing in common."""
        w = at.spreads["weight"]
        square = w.var + w.mean**2
        out: list[Grad | None] = []
        for bottom, top, grad in zip(x, y, g, strict=True):
            share, lines = self._down(fitting(grad.profile, top.sizes), bottom.sizes)
            terms = self._terms(bottom, top.shape) * prod(top.shape) / prod(bottom.shape) * share
            k = grad.k * (square * terms)
            if self.transposed and not w.independent:
                k = grad.k @ window(self.kernel, top.pitch).T * (square * terms * prod(self.kernel))
            else:
                k[:, 1:] *= self._pairs_kept(bottom, top) * self._both(bottom, top.shape)[1:]
            if not self.kernel and bottom.places > 1:
                k[:, 1:] = 0
            out.append(Grad(k, profile=lines))
        return out

    def _pairs_kept(self, x: State, y: State) -> float:
        """Pairs of different outputs for each pair of different inputs, less what `terms` has."""
        if x.places <= 1:
            return 0.0
        if self.transposed:
            return 1.0
        above, under = y.places, x.places
        return (above - 1) / (under - 1) if above > 1 else 0.0

    def weights(self, at: Place, x: list[State], y: list[State], g: list[Grad]) -> dict[str, float]:
        """E|∂L/∂W|²: the sum over all pairs of places and samples of x's moment times g's."""
        total = 0.0
        for bottom, top, grad in zip(x, y, g, strict=True):
            small = bottom if self.transposed else top
            per = prod(self.kernel) if self.kernel else bottom.places
            product = bottom.raw.square * grad.k * self._both(bottom, top.shape)
            rows = pairs(small.sizes, small.pitch if self.kernel else 1.0)
            n = top.shape[0]
            sums = n * product[SAME] @ rows + n * (n - 1) * product[CROSS] @ rows
            filters = top.channels * (bottom.channels / self.group) * per
            total += filters * float(sums) * self._seen(bottom, top, grad)
        return {"weight": max(total, 0.0)}

    def _seen(self, x: State, y: State, g: Grad) -> float:
        """Mean product of what a window reads and its gradient, where both are unevenly spread."""
        if not self.kernel:
            return 1.0
        above = fitting(g.profile, y.sizes)
        lines = (above, x.spread) if self.transposed else (x.spread, above)
        return profile.together(*lines, self._taps)


class Gain(Moments):
    """One learned factor a channel and, if there is one, a bias."""

    def forward(self, at: Place, x: list[State]) -> list[State]:
        """Scale by the factor's second moment."""
        w = at.spreads["weight"]
        factor = (w.mean**2 + w.var) ** 0.5
        return [bias_of(at, x[0].scaled(factor))]

    def backward(
        self, at: Place, x: list[State], y: list[State], g: list[Grad]
    ) -> list[Grad | None]:
        """Scale likewise; the normalised bottom is the normalised top."""
        w = at.spreads["weight"]
        return [g[0].times(w.mean**2 + w.var)]


class Shift(Moments):
    """One learned number a channel, added."""

    def forward(self, at: Place, x: list[State]) -> list[State]:
        """Add the bias."""
        return [bias_of(at, x[0])]
