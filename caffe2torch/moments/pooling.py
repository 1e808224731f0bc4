"""Pooling: the moments of a window's maximum, or of its average."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from math import prod, sqrt

import numpy as np

from caffe2torch.moments import profile
from caffe2torch.moments.activation import cdf, pdf
from caffe2torch.moments.base import Moments, Place
from caffe2torch.moments.lags import Array, N, spread, window
from caffe2torch.moments.state import CROSS, SAME, Grad, State


@cache
def largest(n: float) -> tuple[float, float]:
    """Mean and variance of the largest of n independent normal numbers (n need not be whole)."""
    z: Array = np.linspace(-8, 8, 2001)
    density = n * pdf(z) * cdf(z) ** (n - 1)
    density /= density.sum()
    mean = float(density @ z)
    return mean, float(density @ (z - mean) ** 2)


@dataclass(frozen=True)
class Pool(Moments):
    """Windows of `kernel` places, `stride` apart; kernel () is the whole map."""

    kernel: tuple[int, ...] = ()
    stride: tuple[int, ...] = ()
    pad: tuple[int, ...] = ()

    def _window(self, x: State) -> tuple[int, ...]:
        kernel = self.kernel or x.sizes
        return tuple(min(k, size) for k, size in zip(kernel, x.sizes, strict=True))

    def _share(self, x: State, y: State) -> float:
        """Share of a window that lies in the image, on average."""
        if not self.kernel:
            return 1.0
        return profile.forward(profile.flat(x.sizes), y.sizes, self._taps(x))[0]

    def _taps(self, x: State) -> tuple[profile.Taps, ...]:
        kernel, stride = self.kernel or x.sizes, self.stride or x.sizes
        pad = self.pad or (0,) * len(kernel)
        return tuple(zip(kernel, stride, pad, (1,) * len(kernel), strict=True))

    def _above(self, x: State, sizes: tuple[int, ...]) -> profile.Profile:
        return profile.forward(x.spread, tuple(sizes), self._taps(x))[1]

    def _below(self, x: State, y: State, g: Grad) -> profile.Profile:
        lines = profile.fitting(g.profile, y.sizes)
        return profile.backward(lines, tuple(x.sizes), self._taps(x))[1]

    def _pitch(self, x: State) -> float:
        step = self.stride or x.sizes
        return float(x.pitch * prod(step) ** (1 / max(1, len(step))))


class MaxPool(Pool):
    """The largest of each window.

    A window's n numbers are taken for equally correlated, with the mean correlation ρ of its
    pairs: the maximum is then the common part plus √(1 − ρ) times the largest of n independent
    ones. Its mean is above that of the numbers; where they are alike it hardly is.
    """

    def forward(self, at: Place, x: list[State]) -> list[State]:
        """Shift the mean, shrink the variance, average the covariance over windows."""
        s = x[0] if x[0].act is None or x[0].act.increasing else x[0].plain()
        shape = tuple(at.tops[0])
        lines = self._above(s, shape[2:])
        y = replace(s, shape=shape, pitch=self._pitch(s), profile=lines)
        n = max(1.0, prod(self._window(s)) * self._share(s, y))
        if s.var > 0 and n > 1:
            y = self._maximum(s, y, n)
        return [y.reshaped(shape)] + [replace(y, guess=True)] * (len(at.tops) - 1)

    def _maximum(self, s: State, y: State, n: float) -> State:
        averaged = s.k @ window(self._window(s), s.pitch).T
        pair = (float(averaged[SAME, 0]) - s.var / n) / (1 - 1 / n)
        rho = min(1.0, max(0.0, pair / s.var))
        mean, var = largest(round(n, 2))
        k = averaged.copy()
        k[SAME, 0] = s.var * (rho + (1 - rho) * var)
        k[SAME, 1:] = np.minimum(k[SAME, 1:], k[SAME, 0])
        return replace(y, mean=s.mean + sqrt(s.var * (1 - rho)) * mean, k=k)

    def backward(
        self, at: Place, x: list[State], y: list[State], g: list[Grad]
    ) -> list[Grad | None]:
        """Each window hands its gradient to one place; overlapping windows may choose the same."""
        bottom, top, grad = x[0], y[0], g[0]
        share = top.places / bottom.places
        k = grad.k * share**2
        k[SAME, 0] = share * self._chosen(bottom, top, grad.k[SAME])
        if bottom.act is not None and top.act is not None:
            # the chosen unit is more often on the steep side of the function than others are
            k = k * top.slope / np.maximum(bottom.slope, 1e-12)
        return [Grad(k, profile=self._below(bottom, top, grad))]

    def _chosen(self, x: State, y: State, k: Array) -> float:
        """Second moment of the gradient that a chosen place gets, per window."""
        kernel, stride = self._window(x), self.stride or x.sizes
        total, n = float(k[0]), prod(kernel)
        reach = [
            range(-((a - 1) // s), (a - 1) // s + 1) for a, s in zip(kernel, stride, strict=True)
        ]
        for shift in product(*reach):
            if any(shift) and y.places > 1:
                common = prod(a - abs(j) * s for a, j, s in zip(kernel, shift, stride, strict=True))
                distance = sqrt(sum((j * s) ** 2 for j, s in zip(shift, stride, strict=True)))
                near = float(k[1:] @ _row(distance * x.pitch))
                total += common / (2 * n - common) * near
        return total


def _row(distance: float) -> Array:
    from caffe2torch.moments.lags import weights_at

    row: Array = weights_at(np.array(distance))[1:]
    return row


def _kept(before: Array, after: Array) -> float:
    """Share of what differs between samples that averaging leaves; (2, N) second moments."""
    differs = float(before[SAME, 0] - before[CROSS, 0])
    if differs > 1e-6 * float(before[SAME, 0]):
        return max(0.0, min(1.0, float(after[SAME, 0] - after[CROSS, 0]) / differs))
    return float(after[SAME, 0] / before[SAME, 0]) if before[SAME, 0] > 0 else 1.0


class AvePool(Pool):
    """The average of each window."""

    def forward(self, at: Place, x: list[State]) -> list[State]:
        """Average the covariance over windows."""
        s, shape = x[0], tuple(at.tops[0])
        raw = s.raw
        lines = self._above(s, shape[2:])
        y = State(shape, raw.mean, raw.square, self._pitch(s), raw.mean_zero, profile=lines)
        share = self._share(s, y)
        square = raw.square @ window(self._window(s), s.pitch).T
        y = replace(
            y, k=square - raw.mean**2, joint=raw.joint - raw.mean * raw.mean_zero,
            zero=raw.zero - raw.mean_zero**2, tied=s.tied, guess=s.guess,
            diff=raw.diff * _kept(raw.square, square),
        )  # fmt: skip
        return [y.scaled(share).reshaped(shape)]

    def backward(
        self, at: Place, x: list[State], y: list[State], g: list[Grad]
    ) -> list[Grad | None]:
        """Every place gets 1/n of the gradient of each window that holds it."""
        bottom, top = x[0], y[0]
        kernel = self._window(bottom)
        n = prod(kernel)
        if top.places == 1:
            return [Grad(g[0].k[:, :1] / n**2 + np.zeros((2, N)))]
        stride, pad = self.stride or bottom.sizes, self.pad or (0,) * len(kernel)
        axes = tuple(zip(bottom.sizes, top.sizes, kernel, stride, pad, strict=True))
        k = g[0].k @ spread(axes, bottom.pitch).T / n**2
        return [Grad(k, profile=self._below(bottom, top, g[0]))]
