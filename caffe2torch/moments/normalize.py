"""Layers that divide by a measured spread: BatchNorm, MVN, LRN, L2 normalisation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from math import sqrt

import numpy as np

from caffe2torch.moments.base import Guess, Moments, Place
from caffe2torch.moments.lags import Array, average
from caffe2torch.moments.linear import bias_of
from caffe2torch.moments.state import CROSS, SAME, Grad, State


def batch_average(k: Array, state: State) -> float:
    """Mean of a (2, N) moment over all pairs of places and samples of the batch."""
    same = float(average(k[SAME], state.sizes, state.pitch))
    cross = float(average(k[CROSS], state.sizes, state.pitch))
    return same / state.batch + cross * (1 - 1 / state.batch)


@dataclass(frozen=True)
class BatchNorm(Moments):
    """Subtract each channel's mean over the batch and divide by its standard deviation.

    What all places and samples of a batch share is subtracted: correlation falls, and so BatchNorm
    makes small differences large. frozen: with stored statistics instead, of variance `stored`.
    Forks keep a factor and a bias inside: blobs "weight" and "bias".
    """

    eps: float = 1e-5
    frozen: bool = False
    stored: float = 0.0

    def _scale(self, x: State) -> tuple[float, float]:
        """What is subtracted (a second moment), and the variance that is divided by."""
        if self.frozen:
            return 0.0, self.stored + self.eps
        common = batch_average(x.raw.square, x) * x.calm
        return common, max(float(x.raw.square[SAME, 0]) - common, 0.0) + self.eps

    def forward(self, at: Place, x: list[State]) -> list[State]:
        """Center and scale."""
        s = x[0]
        common, var = self._scale(s)
        if self.frozen:
            top = s.plain().scaled(1 / sqrt(var))
        else:
            k = (s.raw.square - common) / var
            top = replace(
                s, act=None, mean=0.0, k=k, mean_zero=0.0, diff=None, joint=0.0, zero=0.0,
                tied=False, shape=tuple(at.tops[0]),
            )  # fmt: skip
        return [bias_of(at, top.scaled(self._gain(at)))] + [
            Guess().forward(at, x)[0] for _ in at.tops[1:]
        ]

    def _gain(self, at: Place) -> float:
        weight = at.spreads.get("weight")
        return sqrt(weight.mean**2 + weight.var) if weight else 1.0

    def backward(
        self, at: Place, x: list[State], y: list[State], g: list[Grad]
    ) -> list[Grad | None]:
        """(g − mean(g) − ŷ·mean(g·ŷ)) / std."""
        _, var = self._scale(x[0])
        factor = self._gain(at) ** 2 / var
        if self.frozen:
            return [g[0].times(factor)]
        top = y[0]
        common = batch_average(g[0].k, top)
        along = batch_average(g[0].tilted(top), top)
        k = (g[0].k - common - along * top.rho) * factor
        # rounding must not leave less than what a handful of units would keep
        k[SAME, 0] = max(k[SAME, 0], 1e-6 * g[0].k[SAME, 0] * factor)
        return [Grad(k, profile=g[0].profile)]


@dataclass(frozen=True)
class MVN(Moments):
    """Subtract each sample's own mean and divide by its standard deviation, channel by channel."""

    variance: bool = True
    eps: float = 1e-9

    def _parts(self, x: State) -> tuple[float, float, float]:
        square = x.raw.square
        same = float(average(square[SAME], x.sizes, x.pitch))
        cross = float(average(square[CROSS], x.sizes, x.pitch))
        var = max(float(square[SAME, 0]) - same, 0.0) + self.eps if self.variance else 1.0
        return same, cross, var

    def forward(self, at: Place, x: list[State]) -> list[State]:
        """Center and scale."""
        same, cross, var = self._parts(x[0])
        k = (x[0].raw.square - np.array([[same], [cross]])) / var
        return [
            replace(x[0], act=None, mean=0.0, k=k, mean_zero=0.0, joint=0.0, zero=0.0, diff=None)
        ]

    def backward(
        self, at: Place, x: list[State], y: list[State], g: list[Grad]
    ) -> list[Grad | None]:
        """(g − mean(g) − ŷ·mean(g·ŷ)) / std, within each sample."""
        _, _, var = self._parts(x[0])
        k, top = g[0].k, y[0]
        common = average(k, top.sizes, top.pitch)[:, None]
        along = average(g[0].tilted(top), top.sizes, top.pitch)[:, None]
        out = (k - common - along * top.rho) / var
        out[SAME, 0] = max(out[SAME, 0], 1e-6 * k[SAME, 0] / var)
        return [Grad(out, profile=g[0].profile)]


@cache
def _normal(n: int, draws: int = 4000) -> Array:
    """The same random numbers in every run: (draws, n)."""
    drawn: Array = np.random.default_rng(0).standard_normal((draws, n))
    return drawn


@dataclass(frozen=True)
class LRN(Moments):
    """Divide by (k + alpha · mean of squares)^beta over neighbouring channels (or places).

    The factor is the average over random draws of neighbours; it is applied to all moments alike.
    together: how equal the neighbours are: 0 for channels, the window's correlation for places.
    """

    size: int = 5
    alpha: float = 1.0
    beta: float = 0.75
    bias: float = 1.0
    within: bool = False

    def _neighbours(self, x: State) -> Array:
        """(draws, 3·size) units of one place across channels."""
        count = 3 * self.size
        drawn = _normal(count + 1)
        common, single = drawn[:, :1], drawn[:, 1:]
        from caffe2torch.moments.lags import window

        rho = 0.0
        if self.within and x.var > 0:
            row = window((self.size,) * len(x.sizes), x.pitch)
            rho = float(np.clip(row[0] @ x.k[SAME] / x.var, 0, 1))
        elif x.tied:
            rho = 0.9
        u = x.mean + sqrt(max(x.var, 0)) * (sqrt(rho) * common + sqrt(1 - rho) * single)
        return x.act.f(u) if x.act is not None else u

    def _base(self, values: Array) -> Array:
        """(draws, 2·size + 1) denominators (before the power) of the middle units."""
        squares = np.cumsum(np.pad(values**2, ((0, 0), (1, 0))), axis=1)
        means = (squares[:, self.size :] - squares[:, : -self.size]) / self.size
        base: Array = self.bias + self.alpha * means
        return base

    def forward(self, at: Place, x: list[State]) -> list[State]:
        """Scale by the ratio of the second moments after and before."""
        return [x[0].scaled(sqrt(self._ratio(x[0])))]

    def _ratio(self, x: State) -> float:
        values = self._neighbours(x)
        base = self._base(values)
        middle = values[:, self.size // 2 : self.size // 2 + base.shape[1]]
        square = float((middle**2).mean())
        return float((middle**2 * base ** (-2 * self.beta)).mean()) / square if square else 1.0

    def backward(
        self, at: Place, x: list[State], y: list[State], g: list[Grad]
    ) -> list[Grad | None]:
        """Apply the Jacobian to a random gradient, on the same draws."""
        values = self._neighbours(x[0])
        base, half = self._base(values), self.size // 2
        middle = values[:, half : half + base.shape[1]]
        d = base**-self.beta
        slope = 2 * self.alpha * self.beta / self.size
        inner = middle**2 * base ** (-2 * self.beta - 2)
        sums = np.cumsum(np.pad(inner, ((0, 0), (1, 0))), axis=1)
        neighbours = sums[:, self.size :] - sums[:, : -self.size]
        center = slice(half, half + neighbours.shape[1])
        m, dd = middle[:, center], d[:, center]
        direct = dd**2 - 2 * slope * m**2 * dd * base[:, center] ** (-self.beta - 1)
        factor = float((direct + slope**2 * m**2 * neighbours).mean())
        return [g[0].times(max(factor, 0.0))]


@dataclass(frozen=True)
class L2(Moments):
    """Divide each place by the norm of its channels (across: each sample by its whole norm)."""

    scale: float = 1.0

    def _factor(self, x: State, across: int) -> float:
        square = float(x.raw.square[SAME, 0]) * across
        return self.scale / sqrt(square) if square > 0 else 0.0

    def forward(self, at: Place, x: list[State]) -> list[State]:
        """Divide by the expected norm."""
        return [x[0].scaled(self._factor(x[0], x[0].channels))]

    def backward(
        self, at: Place, x: list[State], y: list[State], g: list[Grad]
    ) -> list[Grad | None]:
        """Divide by the expected norm; the one direction that is lost is one of many."""
        return [g[0].times(self._factor(x[0], x[0].channels) ** 2)]
