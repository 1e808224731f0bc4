"""Layers with weights: convolution, inner product, deconvolution.

For weights that are independent, of mean m and variance v, any two outputs of one channel have
E[y_p y_q] = fan_in · v · E[x_p x_q] exactly, whatever the input is; the convolution does not
change how correlation falls with distance. A mean m ≠ 0 adds the same signal to all channels.
Padding leaves out some of the terms: `inside` is the share of them that is there, on average.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from caffe2torch.moments.base import Moments, Place
from caffe2torch.moments.lags import Array, N, pairs, window
from caffe2torch.moments.state import CROSS, SAME, Grad, State


def inside(size: int, kernel: int, stride: int, pad: int, dilation: int, out: int) -> float:
    """Share of the kernel's taps that lie in the image, averaged over the outputs of one axis."""
    at = np.arange(out)[:, None] * stride - pad + np.arange(kernel) * dilation
    return float(((at >= 0) & (at < size)).mean())


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
        fan = self._terms(x, shape)
        own, common = fan * w.var, self._common(x, fan) * w.mean**2
        k = (own + common) * self._smooth(raw.square, w.independent)
        joint, zero = (own + common) * raw.joint, (own + common) * raw.zero
        flat = prod(shape[2:]) == 1
        if flat:
            k = np.repeat(k[:, :1], N, 1)
        tied = common * raw.square[SAME, 0] > own * raw.square[SAME, 0]
        pitch = x.pitch * self._step()
        return State(shape, 0.0, k, pitch, 0.0, joint, zero, tied=bool(tied), guess=x.guess)

    def _common(self, x: State, fan: float) -> float:
        """(Σ x)² over a fan of inputs ÷ E[x²]: fan² if they are equal, fan if independent."""
        raw = x.raw
        if x.tied:
            return fan * fan
        square = float(raw.square[SAME, 0])
        equal = raw.mean**2 / square if square > 0 else 0.0
        return fan * fan * equal + fan * (1 - equal)

    def _terms(self, x: State, shape: tuple[int, ...]) -> float:
        """Inputs that one output sums, on average."""
        channels = x.channels / self.group
        if not self.kernel:
            return float(prod(x.shape[1:])) * x.batch / shape[0]
        if self.transposed:
            whole = prod(shape[2:])
            return (
                channels * prod(self.kernel) * x.places / whole * self._inside(shape[2:], x.sizes)
            )
        return channels * prod(self.kernel) * self._inside(x.sizes, shape[2:])

    def _inside(self, sizes: tuple[int, ...], out: tuple[int, ...]) -> float:
        rows = zip(sizes, self.kernel, self.stride, self.pad, self.dilation, out, strict=True)
        return float(prod(inside(*row) for row in rows))

    def _smooth(self, k: Array, independent: bool) -> Array:
        """What a deconvolution does to correlations: independent taps make neighbours differ."""
        if not self.transposed or not independent:
            return k
        share = np.ones(N)
        share[1:] = 1 / prod(self.stride)
        return k * share

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
            terms = self._terms(bottom, top.shape) * prod(top.shape) / prod(bottom.shape)
            k = grad.k * (square * terms)
            if self.transposed and not w.independent:
                k = grad.k @ window(self.kernel, top.pitch).T * (square * terms * prod(self.kernel))
            else:
                k[:, 1:] *= self._pairs_kept(bottom, top)
            if not self.kernel and bottom.places > 1:
                k[:, 1:] = 0
            out.append(Grad(k).typical(bottom, 2.0))
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
            product = bottom.raw.square * grad.k
            rows = pairs(small.sizes, small.pitch if self.kernel else 1.0)
            n = top.shape[0]
            sums = n * product[SAME] @ rows + n * (n - 1) * product[CROSS] @ rows
            filters = top.channels * (bottom.channels / self.group) * per
            total += filters * float(sums) * self._seen(bottom, top)
        return {"weight": max(total, 0.0)}

    def _seen(self, x: State, y: State) -> float:
        if not self.kernel:
            return 1.0
        sizes, out = (y.sizes, x.sizes) if self.transposed else (x.sizes, y.sizes)
        return self._inside(sizes, out)


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
