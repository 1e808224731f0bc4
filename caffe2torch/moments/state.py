"""What is known of a blob, and of its gradient, at initialisation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import exp, prod, sqrt

import numpy as np

from caffe2torch.moments.activation import Activation
from caffe2torch.moments.lags import Array, N, average
from caffe2torch.moments.mix import Mix
from caffe2torch.moments.profile import Profile, fitting, mixed

SAME, CROSS = 0, 1
SMALL_SHARE = 0.05
"""Share of the variance below which a function is taken for straight between two values."""


@dataclass(frozen=True)
class Raw:
    """Moments about 0 of a blob itself: (2, N) for one and for two samples, and means.

    zero:  second moment when the net's input is 0 (what the biases alone make)
    joint: product moment of the blob and its value at input 0
    diff:  second moment of the difference between the two
    """

    square: Array
    joint: float
    zero: float
    mean: float
    mean_zero: float
    diff: float


@dataclass(frozen=True)
class State:
    """A blob: a monotone function `act` of Gaussian numbers u (None: u itself).

    shape:     (N, C, *sizes); pitch: distance of neighbours, in pixels of the input
    mean:      mean of u, over channels and data
    k:         (2, N) covariance of u at distances lags.RADII: row 0 within a sample, row 1
               between two samples
    mean_zero, joint, zero: mean of u, covariance with u, and variance, when the input is 0
    diff:      second moment of u minus its value at input 0; carried along because between large
               constant parts it would be lost in rounding. None: to be taken from the others
    tied:      all channels are (nearly) the same: images, or the output of equal weights
    guess:     it passed a layer that the model does not know
    profile:   how its second moment is spread over the map; () for evenly
    mix:       what it is the sum of, if a rectified blob is among it
    floor:     its mean and variance when it was found to be nowhere below 0
    burst:     variance over places of their share of the energy, where few channels made it
    """

    shape: tuple[int, ...]
    mean: float
    k: Array
    pitch: float = 1.0
    mean_zero: float = 0.0
    joint: float = 0.0
    zero: float = 0.0
    diff: float | None = None
    act: Activation | None = None
    tied: bool = False
    guess: bool = False
    profile: Profile = ()
    mix: Mix | None = None
    floor: tuple[float, float] | None = None
    burst: float = 0.0

    @property
    def batch(self) -> int:
        return self.shape[0] if self.shape else 1

    @property
    def channels(self) -> int:
        return self.shape[1] if len(self.shape) > 1 else 1

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(self.shape[2:])

    @property
    def spread(self) -> Profile:
        """`profile`, one line for each axis whatever it was."""
        return fitting(self.profile, self.sizes)

    @property
    def places(self) -> int:
        return prod(self.sizes)

    @property
    def var(self) -> float:
        """Variance of u."""
        return float(self.k[SAME, 0])

    @property
    def rho(self) -> Array:
        """(2, N) correlations of u."""
        rho: Array = np.clip(self.k / self.var, -1, 1) if self.var > 0 else np.zeros((2, N))
        return rho

    @cached_property
    def raw(self) -> Raw:
        """Moments of the blob itself."""
        if self.act is None:
            m, m0 = self.mean, self.mean_zero
            diff = self.moved
            return Raw(self.k + m * m, self.joint + m * m0, self.zero + m0 * m0, m, m0, diff)
        a, zero = (self.mean, self.var), (self.mean_zero, self.zero)
        square, mean = self.act.dual(a, a, self.k), self.act.mean(*a)
        if self.zero <= 0:  # without biases of random size all units are alike at input 0
            fixed = float(self.act.f(np.array(self.mean_zero)))
            joint, alone, mean_zero = mean * fixed, fixed * fixed, fixed
        else:
            joint = float(self.act.dual(a, zero, np.array(self.joint)))
            alone = float(self.act.dual(zero, zero, np.array(self.zero)))
            mean_zero = self.act.mean(*zero)
        diff = max(0.0, float(square[SAME, 0]) - 2 * joint + alone)
        if self.moved < SMALL_SHARE * self.var:  # f(u) - f(v) is f'(u) (u - v)
            diff = self.moved * float(self.act.dual_slope(a, self.k[SAME, :1])[0])
        return Raw(square, joint, alone, mean, mean_zero, diff)

    @property
    def calm(self) -> float:
        """E[s]², s² a place's share of the energy: what places still have in common."""
        return float((1 + self.burst) ** -0.25)

    @property
    def moved(self) -> float:
        """`diff`, whether it was carried along or not."""
        if self.diff is not None:
            return self.diff
        apart = (self.mean - self.mean_zero) ** 2
        return max(0.0, self.var - 2 * self.joint + self.zero + apart)

    @cached_property
    def slope(self) -> Array:
        """(2, N): E[act'(u_p) act'(u_q)]."""
        if self.act is None:
            return np.ones((2, N))
        return self.act.dual_slope((self.mean, self.var), self.k)

    def plain(self) -> State:
        """The same blob described without a function: by its own mean and covariance."""
        if self.act is None:
            return self
        r = self.raw
        return replace(
            self, act=None, mean=r.mean, k=r.square - r.mean**2, mean_zero=r.mean_zero,
            diff=r.diff,
            joint=r.joint - r.mean * r.mean_zero, zero=r.zero - r.mean_zero**2,
        )  # fmt: skip

    def scaled(self, factor: float) -> State:
        """`factor` times the blob (of a linear or rectified function: of u)."""
        if self.act is not None and not (self.act.homogeneous and factor > 0):
            return self.plain().scaled(factor)
        f = factor
        diff = None if self.diff is None else self.diff * f * f
        return replace(
            self, mean=self.mean * f, k=self.k * f * f, mean_zero=self.mean_zero * f,
            joint=self.joint * f * f, zero=self.zero * f * f,
            diff=diff,
        )  # fmt: skip

    def shifted(self, by: float, var: float = 0.0) -> State:
        """Plus one number a channel, of mean `by` and variance `var`."""
        s = self.plain()
        diff = s.moved
        return replace(
            s, mean=s.mean + by, mean_zero=s.mean_zero + by, k=s.k + var, joint=s.joint + var,
            zero=s.zero + var,
            diff=diff,
        )  # fmt: skip

    def reshaped(self, shape: tuple[int, ...]) -> State:
        """With another shape; without spatial axes only a place's own moments are left."""
        state = replace(self, shape=tuple(shape))
        if prod(shape[2:]) == 1 and self.places > 1:
            return replace(state, k=np.repeat(self.k[:, :1], N, 1))
        return state

    def typical(self, fluctuation: float) -> State:
        """What one draw of the weights shows, rather than the mean over all of them.

        The second moment of n channels fluctuates from draw to draw by `fluctuation` / n of its
        square, as far as places and samples fluctuate together. Through many narrow layers that
        makes a skew distribution, whose median lies below its mean.
        """
        if self.var <= 0 or self.channels < 2:
            return self
        return self.scaled(exp(-fluctuation * _together(self.rho, self) / self.channels / 4))

    # -- what is shown ------------------------------------------------------------------------

    @property
    def std(self) -> float:
        """Standard deviation over channels, places and samples."""
        return sqrt(max(0.0, float(self.raw.square[SAME, 0]) - self.raw.mean**2))

    @property
    def input_std(self) -> float:
        """Root mean square of what the input adds to the value at input 0."""
        return sqrt(self.raw.diff)


@dataclass(frozen=True)
class Grad:
    """The gradient of the loss at a blob, one number a unit.

    k:    (2, N) product moments at distances lags.RADII, within a sample and between two
    tilt: the same of gradient × normalised u, where it is not k times u's correlation; what
          BatchNorm's gradient subtracts depends on it
    profile: how its second moment is spread over the map
    masked: it has just passed a ReLU: it is 0 where the blob is negative
    """

    k: Array
    tilt: Array | None = None
    profile: Profile = ()
    masked: bool = False

    def times(self, factor: float | Array) -> Grad:
        """With all moments multiplied."""
        tilt = None if self.tilt is None else self.tilt * factor
        return Grad(self.k * factor, tilt, self.profile)

    def plus(self, other: Grad, state: State) -> Grad:
        """The gradient of a blob that two layers read: their terms are uncorrelated."""
        shares = [float(self.k[SAME, 0]), float(other.k[SAME, 0])]
        lines = [fitting(grad.profile, state.sizes) for grad in (self, other)]
        profile = mixed(lines, shares)
        if self.tilt is None and other.tilt is None:
            return Grad(self.k + other.k, profile=profile)
        return Grad(self.k + other.k, self.tilted(state) + other.tilted(state), profile)

    def tilted(self, state: State) -> Array:
        """`tilt`, or what it is when the gradient does not depend on the blob."""
        return self.k * state.rho if self.tilt is None else self.tilt

    @property
    def rms(self) -> float:
        return sqrt(max(0.0, float(self.k[SAME, 0])))


def _together(rho: Array, state: State) -> float:
    """Mean squared correlation over all pairs of places and samples."""
    square = rho**2
    same = float(average(square[SAME], state.sizes, state.pitch)) / state.batch
    cross = float(average(square[CROSS], state.sizes, state.pitch))
    return same + cross * (1 - 1 / state.batch)


def no_grad() -> Grad:
    """A gradient of 0."""
    return Grad(np.zeros((2, N)))
