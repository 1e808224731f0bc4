"""Layers that apply a function to every unit, and dropout."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from caffe2torch.moments.activation import Activation, Rectifier, rectifier
from caffe2torch.moments.base import Moments, Place
from caffe2torch.moments.lags import Array
from caffe2torch.moments.residual import before_relu, never_negative
from caffe2torch.moments.state import Grad, State


@dataclass(frozen=True)
class Pointwise(Moments):
    """y = f(x), unit by unit."""

    activation: Activation

    def forward(self, at: Place, x: list[State]) -> list[State]:
        """Keep the Gaussian numbers, and the function beside them where pooling may need it."""
        if self._masks and never_negative(x[0]):  # nothing to take away
            return [x[0].reshaped(at.tops[0])]
        state = self._normal(x[0])
        if isinstance(self.activation, Rectifier):
            state = state.typical(3.0)
        return [replace(state, act=self.activation, shape=tuple(at.tops[0]), tied=False, mix=None)]

    def backward(
        self, at: Place, x: list[State], y: list[State], g: list[Grad]
    ) -> list[Grad | None]:
        """Multiply by E[f'(u_p) f'(u_q)]; keep what BatchNorm below has to know."""
        if self._masks and never_negative(x[0]):
            return [g[0]]
        below = self._normal(x[0])
        normal = (below.mean, below.var)
        slope = self.activation.dual_slope(normal, below.k)
        tilt = self.activation.dual_tilt(normal, below.k)
        return [Grad(g[0].k * slope, g[0].k * tilt, g[0].profile, masked=self._masks)]

    @property
    def _masks(self) -> bool:
        return isinstance(self.activation, Rectifier) and not self.activation.leak

    def _normal(self, x: State) -> State:
        return before_relu(x.plain()) if self._masks else x.plain()


def relu(leak: float = 0.0) -> Moments:
    """max(x, 0) + leak · min(x, 0)."""
    return Pointwise(rectifier(leak))


def function(f: Callable[[Array], Array], increasing: bool = True) -> Moments:
    """Any function of one number; its slope is taken numerically."""

    def slope(x: Array) -> Array:
        step = 1e-4 * (1 + np.abs(x))
        out: Array = (f(x + step) - f(x - step)) / (2 * step)
        return out

    return Pointwise(Activation(f, slope, increasing))


@dataclass(frozen=True)
class Affine(Moments):
    """y = factor · x + shift, the same for all units."""

    factor: float = 1.0
    shift: float = 0.0

    def forward(self, at: Place, x: list[State]) -> list[State]:
        """Scale and shift."""
        state = x[0].scaled(self.factor)
        return [state.shifted(self.shift) if self.shift else state]

    def backward(
        self, at: Place, x: list[State], y: list[State], g: list[Grad]
    ) -> list[Grad | None]:
        """Scale."""
        return [g[0].times(self.factor**2)]


@dataclass(frozen=True)
class Dropout(Moments):
    """A share of units is 0, the others are divided by the share that is kept, at TRAIN.

    Every sample and unit draws for itself: only a unit's own moment grows.
    """

    ratio: float

    def forward(self, at: Place, x: list[State]) -> list[State]:
        """Divide a unit's second moment by the share that is kept."""
        if not at.train or not 0 < self.ratio < 1:
            return [x[0]]
        s, grow = x[0].plain(), 1 / (1 - self.ratio)
        k = s.k.copy()
        k[0, 0] = (k[0, 0] + s.mean**2) * grow - s.mean**2
        # the same units are dropped when the input is 0, since that only serves to compare
        joint = (s.joint + s.mean * s.mean_zero) * grow - s.mean * s.mean_zero
        zero = (s.zero + s.mean_zero**2) * grow - s.mean_zero**2
        return [replace(s, k=k, joint=joint, zero=zero, diff=s.moved * grow)]

    def backward(
        self, at: Place, x: list[State], y: list[State], g: list[Grad]
    ) -> list[Grad | None]:
        """Divide a unit's second moment by the share that is kept."""
        if not at.train or not 0 < self.ratio < 1:
            return [g[0]]
        k = g[0].k.copy()
        k[0, 0] /= 1 - self.ratio
        return [Grad(k, profile=g[0].profile)]


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(−x))."""
    out: Array = 0.5 * (1 + np.tanh(x / 2))
    return out
