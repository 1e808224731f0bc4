"""A short training, to see whether anything is learned."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import torch

from caffe2torch import caffe_pb2 as pb
from caffe2torch.config.files import Files
from caffe2torch.module.options import Options
from caffe2torch.train.solver import Solver
from caffe2torch.train.watch import StepRecord, Watcher

LEARNED, LAST = 0.95, 10
"""The loss is below this share of a guess, on average over so many iterations."""


@dataclass(frozen=True)
class Case:
    """A config that can be tried.

    file:    of the solver
    weights: to begin from (comma separated), "" for the solver's own
    texts:   texts to read in place of what the disk holds
    """

    file: str
    weights: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)

    def begin(self, options: Options, watchers: Iterable[Watcher] = ()) -> Solver:
        """Return a solver of the case that writes no file and runs no test.

        Raises: C2TError for whatever Caffe would refuse.
        """
        files = Files(dict(self.texts), strict=True)
        solver = files.solver(self.file)
        quiet(solver.message)
        if self.weights:
            solver.message.ClearField("weights")
            solver.message.weights.append(self.weights)
        return Solver(solver, options, watchers=watchers, files=files)


def quiet(param: pb.SolverParameter) -> None:
    """Take away what writes, shows and tests; seed what has no seed, so that runs compare."""
    for name in ("test_iter", "test_net", "test_net_param", "test_state", "test_interval"):
        param.ClearField(name)
    param.snapshot, param.snapshot_after_train, param.display = 0, False, 0
    param.debug_info = False
    param.snapshot_prefix = param.snapshot_prefix or "probe"
    if param.random_seed < 0:
        param.random_seed = 1


class Recorder(Watcher):
    """Keeps the losses; one that is no number ends the run before its update."""

    def __init__(self) -> None:
        self.losses: list[float] = []

    def on_gradients(self, record: StepRecord) -> None:
        """Read the loss."""
        self.losses.append(float(record.loss))

    def halts(self) -> bool:
        """Whether the newest loss is no number."""
        return not math.isfinite(self.losses[-1])


@dataclass
class Trial:
    """A case, its solver at work, and what it has shown so far.

    chance: the loss of a guess, 0 where that is unknown
    """

    title: str
    running: Solver
    recorder: Recorder
    chance: float = 0.0

    @classmethod
    def of(
        cls, title: str, case: Case, options: Options, watchers: Iterable[Watcher] = ()
    ) -> Trial:
        """Return a trial of a case that has not begun. Raises: C2TError as `Case.open` does."""
        recorder = Recorder()
        running = case.begin(options, [recorder, *watchers])
        return cls(title, running, recorder)

    @property
    def losses(self) -> list[float]:
        """The loss of each iteration."""
        return self.recorder.losses

    @property
    def failed(self) -> bool:
        """Whether the loss is no number any more, or the run was ended."""
        return bool(self.losses) and (self.running.stopped or not math.isfinite(self.losses[-1]))

    @property
    def start(self) -> float:
        """The loss that a net which has learned nothing has."""
        return min(self.chance or math.inf, self.losses[0]) if self.losses else math.nan

    @property
    def end(self) -> float:
        """The mean of the newest losses."""
        newest = self.losses[-LAST:]
        return sum(newest) / len(newest) if newest else math.nan

    @property
    def learned(self) -> bool:
        """Whether the loss has left that of a guess."""
        return len(self.losses) >= 2 * LAST and self.end < LEARNED * self.start

    def run(self, iterations: int, clock: Clock, enough: Callable[[], bool] = bool) -> None:
        """Train until there are `iterations` losses, the time is over, or it is `enough`."""
        while len(self.losses) < iterations and not (self.failed or clock.over or enough()):
            self.running.step(1)

    def close(self) -> None:
        """Stop reading data."""
        self.running.close()


class Clock:
    """Counts down seconds from when it is made.

    now: reads the time
    """

    def __init__(self, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self.end = now() + seconds

    @classmethod
    def on(cls, device: torch.device, seconds: float) -> Clock:
        """Return a clock for work on a device.

        On a processor only what this thread computes counts: where others compute too, a probe
        takes longer, but sees no less.
        """
        return cls(seconds, time.thread_time if device.type == "cpu" else time.monotonic)

    @property
    def left(self) -> float:
        """Seconds that are left, 0 for none."""
        return max(0.0, self.end - self.now())

    @property
    def over(self) -> bool:
        """Whether the time is over."""
        return self.left == 0

    def part(self, share: float) -> Clock:
        """Return a clock for a share of what is left."""
        return Clock(self.left * share, self.now)
