"""A sum of a rectified part and a normal rest: what flows through a residual block."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import sqrt

import numpy as np

from caffe2torch.moments.activation import Normal, cdf, pdf
from caffe2torch.moments.lags import Array


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
