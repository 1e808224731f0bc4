"""The numbers of a run that detectors look at. Plain floats; nothing here imports torch."""

from __future__ import annotations

import math
from dataclasses import dataclass, field


@dataclass(frozen=True)
class LayerNorms:
    """One layer with weights at one iteration: root mean squares over its parameters.

    gradient: of the gradient, before the update
    weight:   of the values
    rate:     lr times lr_mult of its first parameter
    """

    layer: str
    gradient: float
    weight: float
    rate: float

    @property
    def step(self) -> float:
        """The update as a share of the weights, for plain SGD; 0 for weights that are all 0."""
        return self.rate * self.gradient / self.weight if self.weight > 0 else 0.0


@dataclass(frozen=True)
class Activation:
    """One blob at one iteration: its mean and standard deviation, and its share of zeros."""

    layer: str
    type: str
    mean: float
    std: float
    zeros: float


@dataclass
class History:
    """A run so far.

    losses:       of every iteration, from iteration `first` on
    classes:      of the main loss, 0 where it has none: the loss of a guess is ln(classes)
    norms:        iteration -> the layers with weights, in the order of the net
    activations:  iteration -> blobs, in the order of the net
    scores:       test net and blob -> (iteration, value) of each test
    """

    first: int = 0
    classes: int = 0
    losses: list[float] = field(default_factory=list)
    norms: dict[int, list[LayerNorms]] = field(default_factory=dict)
    activations: dict[int, list[Activation]] = field(default_factory=dict)
    scores: dict[tuple[int, str], list[tuple[int, float]]] = field(default_factory=dict)

    @property
    def iteration(self) -> int:
        """The iteration of the newest loss."""
        return self.first + len(self.losses) - 1

    @property
    def chance(self) -> float:
        """The loss of a net that guesses, ln(classes); 0 where that is unknown."""
        return math.log(self.classes) if self.classes > 1 else 0.0

    @property
    def newest_blobs(self) -> list[Activation]:
        """The newest measurement of activations, none if there is none."""
        return self.activations[max(self.activations)] if self.activations else []

    def last_norms(self) -> list[list[LayerNorms]]:
        """The two newest measurements of gradients and weights, the older first; none if fewer."""
        newest = sorted(self.norms)[-2:]
        return [self.norms[i] for i in newest] if len(newest) == 2 else []

    def recent(self, count: int) -> list[float]:
        """The last `count` losses, none if there are fewer."""
        return self.losses[-count:] if len(self.losses) >= count else []
