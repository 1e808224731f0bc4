"""Losses: the expected loss at iteration 0, and the gradient that they send down."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from math import log, prod, sqrt
from typing import Any

import numpy as np

from caffe2torch.moments.base import Moments, Place
from caffe2torch.moments.lags import RADII, Array, N
from caffe2torch.moments.state import CROSS, SAME, Grad, State

FLOOR = 87.3365
"""−log of the smallest float: no sample's displayed loss is above it."""
MOST = 50_000
"""Classes that are drawn. More of them are as these, which makes sums larger and shares smaller;
a net of 400 bytes may have 10^7."""


class Loss(Moments):
    """A loss layer; `expected` is its value in Caffe's log at iteration 0."""

    def forward(self, at: Place, x: list[State]) -> list[State]:
        """A number."""
        return [State(tuple(shape), 0.0, np.zeros((2, N))) for shape in at.tops]

    def expected(self, at: Place, x: list[State]) -> float | None:
        """Expected loss, None if it depends on what is not known."""
        return None

    def chance(self, at: Place, x: list[State]) -> float | None:
        """The loss of a net that ignores its input."""
        return None

    def curvature(self, at: Place, x: State, shared: float) -> Grad | None:
        """What to send down so that squared gradients add up to the loss's second derivative.

        shared: how much of the product of two samples counts. None for losses without curvature.
        """
        second = self.second(at, x)
        if second is None:
            return None
        value = second * abs(at.loss_weights[0]) / (x.batch * x.places)
        return gradient(np.full(N, value), value * shared)

    def second(self, at: Place, x: State) -> float | None:
        """Mean second derivative by the units of a place, a channel's share of it."""
        return None

    def divisor(self, at: Place, x: State, default: str = "VALID") -> float:
        """What the sum over samples and places is divided by."""
        param: Any = at.param.loss_param
        name = default
        if param.HasField("normalization"):
            name = (
                param.DESCRIPTOR.fields_by_name["normalization"]
                .enum_type.values_by_number[param.normalization]
                .name
            )
        elif param.HasField("normalize"):
            name = "VALID" if param.normalize else "BATCH_SIZE"
        sizes = {"NONE": 1, "BATCH_SIZE": x.batch, "FULL": x.batch * x.places}
        return float(sizes.get(name, x.batch * x.places))


def gradient(same: Array, cross: float) -> Grad:
    """A gradient with these moments within a sample (N,) and between samples."""
    return Grad(np.stack([same, np.full(N, cross)]))


@cache
def _draws(classes: int) -> tuple[Array, Array]:
    """Two fixed sets of normal logits (draws, classes), of the first MOST classes."""
    classes = min(classes, MOST)
    rng = np.random.default_rng(0)
    draws = int(min(4000, max(64, 100_000 // classes)))
    return rng.standard_normal((draws, classes)), rng.standard_normal((draws, classes))


def _softmax(z: Array) -> Array:
    e = np.exp(z - z.max(1, keepdims=True))
    out: Array = e / e.sum(1, keepdims=True)
    return out


@lru_cache(maxsize=2)
def _probabilities(classes: int, std: float) -> Array:
    """Softmax of the first set of logits at this std; asked for several times in a row."""
    return _softmax(_draws(classes)[0] * std)


def _drawn(classes: int) -> float:
    """The part of the classes that is drawn: 1 but for nets of very many."""
    return min(1.0, MOST / max(1, classes))


def log_sum_exp(z: Array) -> Array:
    """log Σ exp, row by row."""
    top = z.max(1, keepdims=True)
    out: Array = top[:, 0] + np.log(np.exp(z - top).sum(1))
    return out


@dataclass(frozen=True)
class SoftmaxLoss(Loss):
    """−log softmax(z)[label], labels independent of z and equally frequent.

    The gradient p − y is averaged over random logits with the correlation that the model gives
    them; labels of two samples agree as often as chance makes them.
    """

    axis: int = 1

    def classes(self, x: State) -> int:
        """Number of classes."""
        return x.shape[self.axis] if self.axis < len(x.shape) else 1

    def expected(self, at: Place, x: list[State]) -> float:
        """E[log Σ exp z − z_label], without the limit at 87.3 that Caffe sets a sample."""
        return self._loss(x[0])

    def _loss(self, x: State) -> float:
        classes = self.classes(x)
        std = sqrt(max(x.plain().var, 0.0))
        return float(log_sum_exp(_draws(classes)[0] * std).mean()) - log(_drawn(classes))

    def displayed(self, x: State) -> float:
        """What Caffe prints: no sample counts for more than 87.3365."""
        z = _draws(self.classes(x))[0] * sqrt(max(x.plain().var, 0.0))
        more = log(_drawn(self.classes(x)))
        losses = np.minimum(log_sum_exp(z)[:, None] - more - z, FLOOR)
        return float(losses.mean())

    def chance(self, at: Place, x: list[State]) -> float:
        """ln C."""
        return log(max(1, self.classes(x[0])))

    def backward(
        self, at: Place, x: list[State], y: list[State], g: list[Grad]
    ) -> list[Grad | None]:
        """E[(p − y)(p' − y')] per class, for one and for two samples."""
        s = x[0].plain()
        classes = self.classes(s)
        weight = at.loss_weights[0] / self.divisor(at, s)
        alone = self._moment(s, 1.0)
        same = np.array([alone if r == 0 else self._moment(s, rho, r) for r, rho in _near(s)])
        cross = self._moment(s, float(s.rho[CROSS, 0]), same_label=1 / classes)
        first = gradient(same * weight**2, cross * weight**2)
        return [first] + [None] * (len(x) - 1)

    def second(self, at: Place, x: State) -> float:
        """Mean eigenvalue of diag(p) − ppᵀ, a class's share of it."""
        classes = self.classes(x)
        p = _probabilities(classes, sqrt(max(x.plain().var, 0.0)))
        mean = float((1 - (p**2).sum(1) * _drawn(classes)).mean()) / max(1, classes - 1)
        return mean / classes / self.divisor(at, x)

    def _moment(self, s: State, rho: float, radius: float = 0.0, same_label: float = 1.0) -> float:
        """E[Σ (p − y)(p' − y')] / C for logits of correlation rho."""
        classes = self.classes(s)
        std = sqrt(max(s.var, 0.0))
        a, b = _draws(classes)
        p = _probabilities(classes, std)
        q = p if rho >= 1 else _softmax(std * (rho * a + sqrt(max(0.0, 1 - rho * rho)) * b))
        if radius:
            # labels of neighbouring places agree about as long as objects are large
            same_label = 1 / classes + (1 - 1 / classes) * float(np.exp(-radius / 50))
        agree = float((p * q).sum(1).mean()) * _drawn(classes)
        return (agree - 2 / classes + same_label) / classes


def _near(s: State) -> list[tuple[float, float]]:
    """Distances and correlations; only the same place if there is but one."""
    rho = [float(value) for value in s.rho[SAME]]
    if s.places == 1:
        return [(0.0, 1.0)] * N
    return list(zip((float(r) for r in RADII), rho, strict=True))


@dataclass(frozen=True)
class SquaredLoss(Loss):
    """Σ (a − b)² / 2N. A target that is not known is taken for a number of variance 1."""

    halves: float = 2.0

    def _difference(self, x: list[State]) -> tuple[Array, bool]:
        known = len(x) > 1 and not x[1].guess
        target = x[1].raw.square if known else np.vstack([np.ones(N), np.zeros(N)])
        return x[0].raw.square + target, known

    def expected(self, at: Place, x: list[State]) -> float | None:
        """E[(a − b)²] · units / halves, where the target is known."""
        square, known = self._difference(x)
        units = prod(x[0].shape[1:])
        return float(square[SAME, 0]) * units / self.halves if known else None

    def second(self, at: Place, x: State) -> float:
        """2 / halves, a channel's share of it."""
        return 2 / self.halves / x.batch / x.channels

    def backward(
        self, at: Place, x: list[State], y: list[State], g: list[Grad]
    ) -> list[Grad | None]:
        """(a − b) · 2 / halves / N, of both signs."""
        square, _ = self._difference(x)
        factor = at.loss_weights[0] * 2 / self.halves / x[0].batch
        grad = Grad(square * factor**2)
        return [grad, grad, *[None] * len(x)][: len(x)]


class SigmoidLoss(Loss):
    """Cross entropy of sigmoid(z) with targets in [0, 1]; unknown targets are 0 or 1, evenly."""

    def _moments(self, x: list[State]) -> tuple[Array, Array, float]:
        """(draws,) of sigmoid, loss, and E[target²]."""
        z = _draws(1)[0][:, 0] * sqrt(max(x[0].plain().var, 0.0)) + x[0].raw.mean
        p = 0.5 * (1 + np.tanh(z / 2))
        return p, np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z))), 0.5

    def expected(self, at: Place, x: list[State]) -> float:
        """E[softplus(z) − t·z], summed over a sample's units (BATCH_SIZE)."""
        _, losses, _ = self._moments(x)
        mean = float(losses.mean()) - 0.5 * x[0].raw.mean
        return mean * prod(x[0].shape) / self.divisor(at, x[0], "BATCH_SIZE")

    def chance(self, at: Place, x: list[State]) -> float:
        """ln 2 a unit."""
        return log(2) * prod(x[0].shape) / self.divisor(at, x[0], "BATCH_SIZE")

    def second(self, at: Place, x: State) -> float:
        """E[σ(1 − σ)], a channel's share of it."""
        p, _, _ = self._moments([x])
        return float((p - p**2).mean()) / self.divisor(at, x, "BATCH_SIZE") / x.channels

    def backward(
        self, at: Place, x: list[State], y: list[State], g: list[Grad]
    ) -> list[Grad | None]:
        """E[(σ(z) − t)²]."""
        p, _, _ = self._moments(x)
        alone = float((p**2 - p + 0.5).mean())
        factor = at.loss_weights[0] / self.divisor(at, x[0], "BATCH_SIZE")
        same = np.full(N, alone * factor**2)
        return [gradient(same, 0.1 * alone * factor**2)] + [None] * (len(x) - 1)


@dataclass(frozen=True)
class HingeLoss(Loss):
    """Σ max(0, 1 ± z)^p / N, one against all."""

    squared: bool = False

    def _slopes(self, x: State) -> tuple[float, float, float]:
        """E[slope²] per class, E[slope · slope'] of two samples, and the expected loss."""
        classes = x.channels
        z = _draws(1)[0][:, 0] * sqrt(max(x.plain().var, 0.0)) + x.raw.mean
        over, under = np.maximum(1 + z, 0), np.maximum(1 - z, 0)
        if not self.squared:
            up, down = (over > 0).astype(float), (under > 0).astype(float)
            loss = over.mean() * (classes - 1) + under.mean()
        else:
            up, down = 2 * over, 2 * under
            loss = (over**2).mean() * (classes - 1) + (under**2).mean()
        square = ((classes - 1) * (up**2).mean() + (down**2).mean()) / classes
        mean = ((classes - 1) * up.mean() - down.mean()) / classes
        return float(square), float(mean**2), float(loss)

    def expected(self, at: Place, x: list[State]) -> float:
        """Expected loss of a sample."""
        return self._slopes(x[0])[2]

    def chance(self, at: Place, x: list[State]) -> float:
        """All scores 0: 1 a class."""
        return float(x[0].channels)

    def backward(
        self, at: Place, x: list[State], y: list[State], g: list[Grad]
    ) -> list[Grad | None]:
        """Wrong classes are pushed down alike in every sample."""
        square, cross, _ = self._slopes(x[0])
        factor = (at.loss_weights[0] / x[0].batch) ** 2
        return [gradient(np.full(N, square * factor), cross * factor)] + [None] * (len(x) - 1)


@dataclass(frozen=True)
class Softmax(Moments):
    """Shares that add up to 1 along an axis."""

    axis: int = 1

    def _classes(self, x: State) -> int:
        return x.shape[self.axis] if self.axis < len(x.shape) else 1

    def _shares(self, x: State) -> Array:
        return _softmax(_draws(self._classes(x))[0] * sqrt(max(x.plain().var, 0.0)))

    def forward(self, at: Place, x: list[State]) -> list[State]:
        """Mean 1/C, and what is above its square correlated as the scores are."""
        p = self._shares(x[0])
        part = _drawn(self._classes(x[0]))
        mean, square = part / p.shape[1], float((p**2).mean()) * part**2
        s = x[0].plain()
        k = max(square - mean**2, 0.0) * s.rho
        return [State(tuple(at.tops[0]), mean, k, s.pitch, mean, guess=s.guess)]

    def backward(
        self, at: Place, x: list[State], y: list[State], g: list[Grad]
    ) -> list[Grad | None]:
        """The squared Jacobian diag(p) − ppᵀ, for a gradient that does not depend on p."""
        p = self._shares(x[0])
        part = _drawn(self._classes(x[0]))
        square = (p**2).sum(1) * part
        jacobian = square - 2 * (p**3).sum(1) * part**2 + square**2
        return [g[0].times(float(jacobian.mean()) * part / p.shape[1])]


class LogLoss(Loss):
    """−log p[label] of probabilities."""

    def classes(self, x: State) -> int:
        """Number of classes."""
        return x.channels

    def expected(self, at: Place, x: list[State]) -> float:
        """−log of the mean probability."""
        return -log(max(x[0].raw.mean, 1e-20))

    def chance(self, at: Place, x: list[State]) -> float:
        """ln C."""
        return log(max(1, x[0].channels))

    def backward(
        self, at: Place, x: list[State], y: list[State], g: list[Grad]
    ) -> list[Grad | None]:
        """−1 / (N·p), at the label only."""
        slope = at.loss_weights[0] / x[0].batch / max(x[0].raw.mean, 1e-20)
        same = np.full(N, slope**2 / x[0].channels)
        return [gradient(same, float(same[0]) / x[0].channels)] + [None] * (len(x) - 1)
