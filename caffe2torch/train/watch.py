"""What listens to a run: the terminal, the metrics file, the health monitor."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from torch import Tensor

if TYPE_CHECKING:
    from caffe2torch.train.loop import Solver


@dataclass(frozen=True)
class Score:
    """One number of a net output; a loss with weight w counts w · value."""

    blob: str
    value: float
    weight: float = 0.0


@dataclass(frozen=True)
class Display:
    """What the log shows every `display` iterations.

    loss:   smoothed over average_loss iterations
    rate:   the learning rate of this iteration's update, None for the forward after the end
    scores: net outputs of the last batch
    images: trained on since the last display, in `seconds`
    """

    iteration: int
    loss: float
    rate: float | None
    scores: list[Score] = field(default_factory=list)
    images: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Scored:
    """Means over the test_iter batches of one test net; `loss` only with test_compute_loss."""

    iteration: int
    net: int
    scores: list[Score]
    loss: float | None = None


class Watcher:
    """Base of what listens; each method is called when its thing has happened."""

    def on_start(self, solver: Solver) -> None:
        """Training begins, or goes on."""

    def on_begin(self, solver: Solver) -> None:
        """An iteration begins; the weights are those after `solver.iter` updates."""

    def on_step(self, solver: Solver, blobs: dict[str, Tensor]) -> None:
        """Forward and backward are done, the update is not; `blobs` are the net's outputs."""

    def on_display(self, solver: Solver, display: Display) -> None:
        """A line of the log was due."""

    def on_test(self, solver: Solver, test: Scored) -> None:
        """A test net was run."""

    def on_snapshot(self, solver: Solver, path: str) -> None:
        """A snapshot lies at `path`, its solverstate."""

    def on_note(self, text: str) -> None:
        """Something that a user should know."""

    def on_end(self, solver: Solver) -> None:
        """Training is over, or was stopped."""

    def stop(self) -> None:
        """Let go of whatever is held, a terminal for one; called however a run ends."""
