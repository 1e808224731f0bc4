"""Functions of Gaussian numbers: their means, product moments and slopes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import erfc, exp, pi, sqrt

import numpy as np

from caffe2torch.moments.lags import Array

Normal = tuple[float, float]
"""Mean and variance."""

_NODES = 129
_Z: Array = np.linspace(-6, 6, _NODES)
_W: Array = np.exp(-(_Z**2) / 2)
_W = _W / _W.sum()


def cdf(x: Array) -> Array:
    """Cumulative normal distribution, to 1e-7. Source: Abramowitz and Stegun 7.1.26."""
    z = np.abs(x) / np.sqrt(2)
    t = 1 / (1 + 0.3275911 * z)
    poly = t * (
        0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))
    )
    tail = poly * np.exp(-np.minimum(z * z, 700)) / 2
    out: Array = np.where(x < 0, tail, 1 - tail)
    return out


def pdf(x: Array) -> Array:
    """Normal density."""
    out: Array = np.exp(-np.minimum(x * x, 1400) / 2) / np.sqrt(2 * np.pi)
    return out


@dataclass(frozen=True)
class Activation:
    """A function applied to every unit.

    f, df:       the function and its derivative, on arrays
    increasing:  the maximum of values is the function of the maximum
    homogeneous: f(a·x) = a·f(x) for a > 0
    """

    f: Callable[[Array], Array]
    df: Callable[[Array], Array]
    increasing: bool = True
    homogeneous: bool = False

    def mean(self, mean: float, var: float) -> float:
        """E[f(u)]."""
        return float(self.f(mean + np.sqrt(max(var, 0)) * _Z) @ _W)

    def dual(self, a: Normal, b: Normal, cov: Array) -> Array:
        """E[f(u) f(v)] for normal u, v with each of the covariances."""
        return _product(self.f, a, b, cov)

    def dual_slope(self, a: Normal, cov: Array) -> Array:
        """E[f'(u) f'(v)] for u, v of the same distribution."""
        return _product(self.df, a, a, cov)

    def dual_tilt(self, a: Normal, cov: Array) -> Array:
        """E[f'(u) û f'(v) v̂], û = (u − mean) / std."""
        mean, std = a[0], np.sqrt(max(a[1], 1e-60))
        return _product(lambda x: self.df(x) * (x - mean) / std, a, a, cov)


def _product(f: Callable[[Array], Array], a: Normal, b: Normal, cov: Array) -> Array:
    """E[f(u) f(v)] by summing over u, and for each u over v given u."""
    (ma, va), (mb, vb) = a, b
    sa, sb = np.sqrt(max(va, 0.0)), np.sqrt(max(vb, 0.0))
    cov = np.asarray(cov, np.float64)
    if sa == 0 or sb == 0:
        both = float(f(ma + sa * _Z) @ _W) * float(f(mb + sb * _Z) @ _W)
        return np.full(cov.shape, both)
    rho = np.clip(cov / (sa * sb), -1, 1).reshape(-1, 1, 1)
    z, zz = _Z[::4] if rho.size > 8 else _Z, _Z[::4]
    w, ww = np.exp(-(z**2) / 2), np.exp(-(zz**2) / 2)
    given = mb + sb * (rho * z[:, None] + np.sqrt(1 - rho**2) * zz)
    inner = f(given) @ (ww / ww.sum())
    out: Array = (inner @ (f(ma + sa * z) * w / w.sum())).reshape(cov.shape)
    exact = np.isclose(rho.reshape(cov.shape), 1) & (a == b)
    if exact.any():
        out = np.where(exact, float(f(ma + sa * _Z) ** 2 @ _W), out)
    return out


@dataclass(frozen=True)
class Rectifier(Activation):
    """max(x, 0) + leak · min(x, 0), in closed form. Source: Cho and Saul 2009, n = 0 and 1."""

    leak: float = 0.0

    def mean(self, mean: float, var: float) -> float:
        """E[f(u)]."""
        return self.leak * mean + (1 - self.leak) * _rect_mean_of(mean, max(var, 0.0) ** 0.5)

    def dual(self, a: Normal, b: Normal, cov: Array) -> Array:
        """E[f(u) f(v)]."""
        leak, cov = self.leak, np.asarray(cov, np.float64)
        both = _rect_product(a, b, cov)
        if not leak:
            return both
        one = _rect_cross(a, b, cov) + _rect_cross(b, a, cov)
        return leak**2 * (cov + a[0] * b[0]) + leak * (1 - leak) * one + (1 - leak) ** 2 * both

    def dual_slope(self, a: Normal, cov: Array) -> Array:
        """E[f'(u) f'(v)]."""
        leak = self.leak
        std = max(a[1], 1e-60) ** 0.5
        on = _cdf_of(a[0] / std)
        both = _quadrant(a[0] / std, np.clip(np.asarray(cov) / std**2, -1, 1))
        return leak**2 + 2 * leak * (1 - leak) * on + (1 - leak) ** 2 * both

    def dual_tilt(self, a: Normal, cov: Array) -> Array:
        """E[f'(u) û f'(v) v̂]; without a mean that is E[f(û) f(v̂)]."""
        if abs(a[0]) > 0.05 * max(a[1], 1e-60) ** 0.5:
            return super().dual_tilt(a, cov)
        return self.dual((0.0, 1.0), (0.0, 1.0), np.asarray(cov) / max(a[1], 1e-60))


@cache
def rectifier(leak: float = 0.0) -> Rectifier:
    """ReLU with a slope for negative values."""
    return Rectifier(
        lambda x: np.where(x > 0, x, leak * x),
        lambda x: np.where(x > 0, 1.0, leak),
        increasing=leak >= 0,
        homogeneous=True,
        leak=leak,
    )


def _cdf_of(x: float) -> float:
    return 0.5 * erfc(-x / sqrt(2))


def _rect_mean_of(mean: float, std: float) -> float:
    """E[max(u, 0)] of single numbers."""
    if std < 1e-30:
        return max(mean, 0.0)
    t = mean / std
    return mean * _cdf_of(t) + std * exp(-min(t * t, 1400.0) / 2) / sqrt(2 * pi)


def _rect_mean(mean: Array, std: Array) -> Array:
    """E[max(u, 0)]."""
    std = np.maximum(std, 1e-30)
    t = mean / std
    out: Array = mean * cdf(t) + std * pdf(t)
    return out


def _rect_product(a: Normal, b: Normal, cov: Array) -> Array:
    """E[max(u, 0) max(v, 0)]."""
    sa, sb = max(a[1], 0.0) ** 0.5, max(b[1], 0.0) ** 0.5
    if sa < 1e-30 or sb < 1e-30:
        one = _rect_mean_of(a[0], sa) * _rect_mean_of(b[0], sb)
        return np.full(cov.shape, one)
    rho = np.clip(cov / (sa * sb), -1, 1)
    if abs(a[0]) < 1e-3 * sa and abs(b[0]) < 1e-3 * sb:
        angle = np.sqrt(1 - rho**2) + rho * (np.pi - np.arccos(rho))
        out: Array = sa * sb * angle / (2 * np.pi)
        return out
    z, w = _positive(a[0] / sa)
    r = rho[..., None]
    given = _rect_mean(b[0] + sb * r * z, sb * np.sqrt(1 - r**2))
    result: Array = given @ (w * (a[0] + sa * z))
    return result


def _rect_cross(a: Normal, b: Normal, cov: Array) -> Array:
    """E[u max(v, 0)], by Stein's lemma."""
    sb = max(b[1], 1e-60) ** 0.5
    return cov * _cdf_of(b[0] / sb) + a[0] * _rect_mean_of(b[0], sb)


def _quadrant(t: float, rho: Array) -> Array:
    """P(u > 0 and v > 0) for u, v of mean t and variance 1."""
    if abs(t) < 1e-3:
        out: Array = (np.pi - np.arccos(rho)) / (2 * np.pi)
        return out
    z, w = _positive(t)
    r = rho[..., None]
    with np.errstate(divide="ignore", invalid="ignore"):
        given = cdf((t + r * z) / np.sqrt(np.maximum(1 - r**2, 1e-14)))
    result: Array = given @ w
    return result


def _positive(t: float) -> tuple[Array, Array]:
    """Nodes z > −t and weights of a normal distribution there."""
    low = max(-t, -6.0)
    z = np.linspace(low, max(low + 6.0, 6.0), 97)
    w = pdf(z) * (z[1] - z[0])
    w[0] /= 2
    return z, w
