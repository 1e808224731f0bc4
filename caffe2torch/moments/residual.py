"""The sum of a rectified blob and another: a residual block's stream.

x + f with x = max(u, 0) is not normal: half of the units of x may be 0. What the next ReLU makes
of it is reckoned from u and f, and described by the normal numbers that give a ReLU the same mean
and second moment. And the ReLU behind the sum keeps mostly the units that the ReLU before it
kept: along the shortcut gradients are not halved again.

Measured: of a ResNet-101 with BatchNorm at 224, 105 of 105 layers are within a factor 2, without
this 32; of a ResNet-50 without normalisation the lowest gradient is at 0.87, without this at 0.28.
"""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

import numpy as np

from caffe2torch.moments.activation import Rectifier, cdf
from caffe2torch.moments.lags import Array, N
from caffe2torch.moments.mix import Mix
from caffe2torch.moments.state import Grad, State


def mix_of(x: list[State], factors: list[float], total: State) -> Mix | None:
    """The parts of Σ factor · x; None unless just one of them is rectified."""
    rectified = [
        i for i, state in enumerate(x)
        if isinstance(state.act, Rectifier) and not state.act.leak and factors[i] > 0
    ]  # fmt: skip
    if len(rectified) != 1 or len(x) < 2:
        return None
    one, factor = x[rectified[0]], factors[rectified[0]]
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
