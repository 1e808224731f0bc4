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
    change:   of the update, where the method makes it of more than rate and gradient; else 0
    """

    layer: str
    gradient: float
    weight: float
    rate: float
    change: float = 0.0

    @property
    def step(self) -> float:
        """The update as a share of the weights, without momentum; 0 for weights that are all 0."""
        change = self.change or self.rate * self.gradient
        return change / self.weight if self.weight > 0 else 0.0


@dataclass(frozen=True)
class Activation:
    """One blob at one iteration: its mean and standard deviation, and its share of zeros.

    layer, type: of the last layer that wrote it
    weights:     the layer with weights that wrote it first, "" for none
    spread:      how far its values move from image to image: the root mean square, over the values
                 of an image, of their standard deviations over the batch; None where that is one
    """

    layer: str
    type: str
    mean: float
    std: float
    zeros: float
    weights: str = ""
    spread: float | None = None

    @property
    def signal(self) -> float:
        """What of its values comes from the image, as far as that is known."""
        return self.std if self.spread is None else self.spread


@dataclass(frozen=True)
class Channel:
    """One channel of an image blob over a batch, after the transformation: what the net gets."""

    blob: str
    index: int
    low: float
    high: float
    mean: float
    std: float


@dataclass(frozen=True)
class LabelTest:
    """What a net that has learned a few batches says of batches that it has not seen.

    learned:  its loss on the batches that it was trained on
    given:    its loss on the others
    shuffled: mean and standard deviation of that loss with the labels shuffled among the images
    share:    images that it was trained on, a class
    """

    learned: float
    given: float
    shuffled: tuple[float, float]
    share: float


@dataclass
class History:
    """A run so far.

    losses:       of every iteration, from iteration `first` on
    classes:      of the main loss, 0 where it has none: the loss of a guess is ln(classes)
    images:       over which the loss is a mean, one batch
    norms:        iteration -> the layers with weights, in the order of the net
    activations:  iteration -> blobs, in the order of the net
    scores:       test net and blob -> (iteration, value) of each test
    test_losses:  test net -> (iteration, weighted sum of its losses) of each test
    averaged:     as `scores`, by the moving average of the weights
    inputs:       channels of the images of one batch
    one_batch:    losses of a net that is trained on one batch only, by the probe
    labels:       whether they belong to the images, by the probe
    bad_gradient: the size of a gradient that is no number, where the loss still was one
    """

    first: int = 0
    classes: int = 0
    losses: list[float] = field(default_factory=list)
    norms: dict[int, list[LayerNorms]] = field(default_factory=dict)
    activations: dict[int, list[Activation]] = field(default_factory=dict)
    scores: dict[tuple[int, str], list[tuple[int, float]]] = field(default_factory=dict)
    test_losses: dict[int, list[tuple[int, float]]] = field(default_factory=dict)
    averaged: dict[tuple[int, str], list[tuple[int, float]]] = field(default_factory=dict)
    inputs: list[Channel] = field(default_factory=list)
    one_batch: list[float] = field(default_factory=list)
    labels: LabelTest | None = None
    images: int = 1
    bad_gradient: float = 0.0

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
