"""What listens to a run: the base of watchers, and the records that they receive.

A watcher fills in the hooks that it wants, and only these are called. Records hold tensors where
reading a number would wait for the device, so that a run that nobody watches pays nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from caffe2torch.train.state import RunState


@dataclass(frozen=True)
class Score:
    """One number of a net output; a loss with weight w counts w · value."""

    blob: str
    value: float
    weight: float = 0.0


@dataclass(frozen=True)
class StepRecord:
    """One iteration.

    iter:    the updates done before this one, as Caffe counts iterations
    loss:    mean over the iter_size batches, () on the run's device; reading it waits for a GPU
    outputs: blob -> value of the net's outputs and losses, of the last batch, detached
    lr:      the rate of this iteration's update, None before the update
    """

    iter: int
    loss: Tensor
    outputs: dict[str, Tensor]
    lr: float | None = None


@dataclass(frozen=True)
class DisplayRecord:
    """What the log shows every `display` iterations.

    loss:   smoothed over average_loss iterations
    lr:     the rate of this iteration's update, None for the forward after the last update
    scores: net outputs of the last batch
    images: trained on since the last display, in `seconds`
    """

    iter: int
    loss: float
    lr: float | None
    scores: list[Score] = field(default_factory=list)
    images: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class ScoreRecord:
    """Means over the test_iter batches of one test net; `loss` only with test_compute_loss.

    averaged: whether the test was of the moving average of the weights; it comes after the other
    """

    iter: int
    net: int
    scores: list[Score]
    loss: float | None = None
    averaged: bool = False

    @property
    def place(self) -> str:
        """What its columns in metrics.csv are called."""
        return f"test{self.net} ema" if self.averaged else f"test{self.net}"


class Watcher:
    """Base of what listens; each hook is called when its thing has happened.

    The state that `on_start` brings may be read at any time, and kept; only the loop changes it.
    """

    def on_start(self, state: RunState) -> None:
        """Training begins, or goes on; called once, before every other hook but `on_note`."""

    def on_begin(self, iteration: int) -> None:
        """An iteration begins; the weights are those after `iteration` updates."""

    def on_gradients(self, record: StepRecord) -> None:
        """Forward and backward are done, the update is not: gradients are sums over iter_size."""

    def on_step(self, record: StepRecord) -> None:
        """The weights are updated."""

    def on_nonfinite(self, iteration: int, loss: float) -> None:
        """The loss of an iteration is NaN or infinite; the update is not done yet."""

    def on_display(self, record: DisplayRecord) -> None:
        """A line of the log was due."""

    def on_test(self, record: ScoreRecord) -> None:
        """A test net was run."""

    def on_snapshot(self, path: str) -> None:
        """A snapshot lies at `path`, its solverstate."""

    def on_note(self, text: str) -> None:
        """Something that a user should know."""

    def on_end(self) -> None:
        """Training is over, or was stopped."""

    def request(self) -> str:
        """Asked between steps, and between the batches of a test: "stop", "snapshot" or ""."""
        return ""

    def halts(self) -> bool:
        """Asked after `on_gradients`: whether the run is to end before the update is done."""
        return False

    def stop(self) -> None:
        """Let go of whatever is held, a terminal for one; called however a run ends."""


class Watchers(list[Watcher]):
    """All watchers of a run; one may be added at any time."""

    def __init__(self, watchers: Iterable[Watcher] = ()) -> None:
        super().__init__(watchers)
        self.notes: list[str] = []
        self.started = 0
        self.failures: set[str] = set()

    def start(self, state: RunState) -> None:
        """Call `on_start` of those that have not been started yet."""
        new, self.started = self[self.started :], len(self)
        for watcher in new:
            self._call(watcher, "on_start", state)

    def dismiss(self, watcher: Watcher) -> None:
        """Let a watcher listen no more."""
        if watcher in self[: self.started]:
            self.started -= 1
        self.remove(watcher)

    def hearing(self, hook: str) -> list[Watcher]:
        """Return the watchers that fill in a hook."""
        base = getattr(Watcher, hook)
        return [watcher for watcher in self if getattr(type(watcher), hook) is not base]

    def tell(self, hook: str, *what: Any) -> None:
        """Call a hook of every watcher that fills it in."""
        for watcher in self.hearing(hook):
            self._call(watcher, hook, *what)

    def _call(self, watcher: Watcher, hook: str, *what: Any) -> None:
        """Call a hook; what a watcher cannot write is told once, and training goes on."""
        try:
            getattr(watcher, hook)(*what)
        except OSError as error:
            place = f"{error.filename or type(watcher).__name__}"
            if place not in self.failures:
                self.failures.add(place)
                self.note(f"{place} cannot be written: {error.strerror or error}; training goes on")

    def note(self, text: str) -> None:
        """Tell the user something, once."""
        if text not in self.notes:
            self.notes.append(text)
            self.tell("on_note", text)

    def halts(self) -> bool:
        """Return whether a watcher ends the run before the update that comes next."""
        return any(watcher.halts() for watcher in self.hearing("halts"))

    def request(self) -> str:
        """Return the first thing that a watcher asks for, "" for nothing."""
        return next((wanted for w in self.hearing("request") if (wanted := w.request())), "")
