"""The sum of a rectified blob and another: a residual block's stream.

x + f with x = max(u, 0) is not normal: half of the units of x may be 0. What the next ReLU makes
of it is reckoned from u and f, and described by the normal numbers that give a ReLU the same mean
and second moment. And the ReLU behind the sum keeps mostly the units that the ReLU before it
kept: along the shortcut gradients are not halved again.

Measured: of a ResNet-101 with BatchNorm at 224, 105 of 105 layers are within a factor 2, without
this 32; of a ResNet-50 without normalisation the lowest gradient is at 0.87, without this at 0.28.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import sqrt

import numpy as np

from caffe2torch.moments.activation import Normal, Rectifier, cdf, pdf
from caffe2torch.moments.lags import Array, N
from caffe2torch.moments.state import Grad, State


@dataclass(frozen=True)
class Mix:
    """The two parts of a sum: u, of which max(u, 0) is added, and the normal rest f.

    total: mean and variance of the sum that this describes
    """

    total: Normal
    u: Normal
    f: Normal

    @cached_property
    def _grid(self) -> tuple[Array, Array]:
        """x = max(u, 0) at nodes, and their weights."""
        z = np.linspace(-6, 6, 193)
        w = pdf(z)
        return np.maximum(self.u[0] + sqrt(max(self.u[1], 0.0)) * z, 0), w / w.sum()

    @cached_property
    def _above(self) -> tuple[Array, Array]:
        """Mean and standard deviation of the sum, given x."""
        x, _ = self._grid
        return x + self.f[0], np.full_like(x, sqrt(max(self.f[1], 1e-300)))

    @cached_property
    def kept(self) -> float:
        """P(sum > 0)."""
        mean, std = self._above
        return float(cdf(mean / std) @ self._grid[1])

    @cached_property
    def kept_again(self) -> float:
        """P(sum > 0 | u > 0)."""
        (x, w), (mean, std) = self._grid, self._above
        on = w * (x > 0)
        return float(cdf(mean / std) @ on / max(float(on.sum()), 1e-12))

    def matched(self) -> Normal:
        """The normal numbers that a ReLU turns into the same mean and second moment."""
        _, w = self._grid
        mean, std = self._above
        t = mean / std
        first = float((mean * cdf(t) + std * pdf(t)) @ w)
        second = float(((mean**2 + std**2) * cdf(t) + mean * std * pdf(t)) @ w)
        if not 0 < first**2 < second:
            return self.total
        at = float(np.interp(first**2 / second, _RATIO, _T))
        scale = first / float(np.interp(at, _T, _MEAN))
        return at * scale, scale**2


_T: Array = np.linspace(-3, 8, 1101)
_MEAN: Array = pdf(_T) + _T * cdf(_T)
_RATIO: Array = _MEAN**2 / ((1 + _T**2) * cdf(_T) + _T * pdf(_T))


def mix_of(x: list[State], factors: list[float], total: State) -> Mix | None:
    """The parts of Σ factor · x; None unless just one of them is rectified."""
    found = [
        i for i, state in enumerate(x)
        if isinstance(state.act, Rectifier) and not state.act.leak and factors[i] > 0
    ]  # fmt: skip
    if len(found) != 1 or len(x) < 2:
        return None
    one, factor = x[found[0]], factors[found[0]]
    mean = total.mean - factor * one.plain().mean
    var = total.var - factor**2 * one.plain().var
    u = factor * one.mean, factor**2 * one.var
    return Mix((total.mean, total.var), u, (mean, max(var, 0.0)))


def never_negative(state: State, factor: float = 1.0) -> bool:
    """Whether factor · blob is a rectified blob, or a sum of such."""
    rectified = isinstance(state.act, Rectifier) and not state.act.leak
    return factor > 0 and (rectified or state.floor == (state.mean, state.var))


def before_relu(state: State) -> State:
    """The normal numbers to rectify: those of a sum matched, others as they are."""
    mix = state.mix
    if mix is None or mix.total != (state.mean, state.var) or state.var <= 0:
        return state
    mean, var = mix.matched()
    ratio = var / state.var
    return replace(state, mean=mean, k=state.k * ratio, mix=mix)


def kept(y: State, x: State, g: Grad) -> Array:
    """(2, N) by how much more of a masked gradient at the sum y reaches its term x.

    The mask took away P(y > 0) of matched normal numbers. A rectified term keeps P(y > 0 | x > 0):
    its own ReLU takes away the rest. Where the masks of two places differ, each does so by itself.
    """
    mix = y.mix
    if mix is None or not g.masked or mix.total != (y.mean, y.var):
        return np.ones((2, N))
    mean, var = mix.matched()
    taken = float(cdf(np.array(mean / sqrt(max(var, 1e-300)))))
    rectified = isinstance(x.act, Rectifier) and not x.act.leak
    ratio = (mix.kept_again if rectified else mix.kept) / max(taken, 1e-12)
    out: Array = ratio ** (2 - np.clip(y.rho, 0, 1))
    return out
