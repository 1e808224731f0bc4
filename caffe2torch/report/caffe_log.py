"""Reads the logs of Caffe, its forks and caffe2torch: losses, rates, scores, by iteration.

Dialects: BVLC of all years (with or without speed behind the iteration), NVCaffe (epochs behind the
speed), Intel, several GPUs whose threads write between each other, runs that begin again. Both
forms of the date, I0821 and I20260821, are read; lines of other programs are passed over.

Source: Caffe src/caffe/solver.cpp (Step, Test), src/caffe/solvers/sgd_solver.cpp (ApplyUpdate);
tools/extra/parse_log.py
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from caffe2torch.health.detectors import (
    c2t606_loss_plateau,
    c2t607_metric_frozen,
    c2t609_diverged,
)
from caffe2torch.health.history import History

_LINE = re.compile(r"[IWEF](?:\d{4})?\d{4} \d\d:\d\d:\d\d(?:\.\d+)?\s+(\d+) ([\w./]+:\d+)\] ?(.*)")
_NUMBER = r"([-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|nan|inf|NaN))"
_LOSS = re.compile(rf"Iteration (\d+)(?: \(([\d.eE+-]+) iter/s.*?\))?.*?, loss = {_NUMBER}")
_RATE = re.compile(rf"Iteration (\d+), lr = {_NUMBER}")
_TEST = re.compile(r"Iteration (\d+), Testing net \(#(\d+)\)")
_OUTPUT = re.compile(rf"(Train|Test) net output #\d+: (.+?) = {_NUMBER}")
_RESTART = re.compile(r"Resuming from |Restoring previous solver status|Starting Optimization")
_CLASSES = re.compile(r"num_output: (\d+)")


@dataclass
class Log:
    """What a log holds.

    losses, rates: iteration -> value; speeds: iteration -> iterations a second
    train:         output -> iteration -> value
    tests:         (net, output) -> iteration -> value
    starts:        iterations at which a run begins or goes on
    classes:       the last num_output that the printed net has, 0 for none
    lines:         of Caffe's form
    """

    losses: dict[int, float] = field(default_factory=dict)
    rates: dict[int, float] = field(default_factory=dict)
    speeds: dict[int, float] = field(default_factory=dict)
    train: dict[str, dict[int, float]] = field(default_factory=dict)
    tests: dict[tuple[int, str], dict[int, float]] = field(default_factory=dict)
    starts: list[int] = field(default_factory=list)
    classes: int = 0
    lines: int = 0

    def rows(self) -> Iterator[dict[str, float]]:
        """One row an iteration: iteration, loss, lr, iter_per_second, train X, testN X."""
        columns: dict[str, dict[int, float]] = {
            "loss": self.losses, "lr": self.rates, "iter_per_second": self.speeds,
        }  # fmt: skip
        columns |= {f"train {name}": values for name, values in self.train.items()}
        columns |= {f"test{net} {name}": values for (net, name), values in self.tests.items()}
        for iteration in sorted({i for values in columns.values() for i in values}):
            row: dict[str, float] = {"iteration": iteration}
            row |= {name: v[iteration] for name, v in columns.items() if iteration in v}
            yield row


@dataclass
class _Reader:
    """Where in the log we are: each thread shows the iteration that its outputs belong to."""

    log: Log = field(default_factory=Log)
    shown: dict[str, int] = field(default_factory=dict)
    testing: dict[str, tuple[int, int]] = field(default_factory=dict)
    pending: bool = True

    def take(self, line: str) -> None:
        """Take in one line."""
        match = _LINE.match(line)
        if not match:
            classes = _CLASSES.search(line)
            if classes:
                self.log.classes = int(classes[1])
            return
        self.log.lines += 1
        thread, text = match[1], match[3]
        if _RESTART.search(text):
            self.pending = True
        elif (test := _TEST.search(text)) is not None:
            self.testing[thread] = int(test[1]), int(test[2])
        elif (loss := _LOSS.search(text)) is not None:
            self._loss(thread, int(loss[1]), loss[2], _value(loss[3]))
        elif (rate := _RATE.search(text)) is not None:
            self.log.rates[int(rate[1])] = _value(rate[2])
        elif (output := _OUTPUT.search(text)) is not None:
            self._output(thread, output[1], output[2], _value(output[3]))

    def _loss(self, thread: str, iteration: int, speed: str | None, value: float) -> None:
        if self.pending:
            self.log.starts.append(iteration)
            self.pending = False
            self._forget(iteration)
        self.shown[thread] = iteration
        self.log.losses[iteration] = value
        if speed:
            self.log.speeds[iteration] = float(speed)

    def _forget(self, iteration: int) -> None:
        """A run that begins again at an earlier iteration replaces what came after it."""
        log = self.log
        for values in (log.losses, log.rates, log.speeds, *log.train.values()):
            for late in [i for i in values if i >= iteration]:
                del values[late]

    def _output(self, thread: str, phase: str, name: str, value: float) -> None:
        if phase == "Train" and thread in self.shown:
            self.log.train.setdefault(name, {})[self.shown[thread]] = value
        elif phase == "Test" and thread in self.testing:
            iteration, net = self.testing[thread]
            self.log.tests.setdefault((net, name), {})[iteration] = value


def read_log(lines: Iterable[str]) -> Log:
    """Read a log line by line. One without a line of Caffe's form has `lines` 0."""
    reader = _Reader()
    for line in lines:
        reader.take(line)
    return reader.log


def _value(text: str) -> float:
    return float(text.lower())


def verdicts(log: Log) -> Iterator[str]:
    """What the log shows of runs that did not learn, a sentence each."""
    values = list(log.losses.items())
    bad = next((i for i, loss in values if not math.isfinite(loss)), None)
    if bad is not None:
        yield f"C2T608[nan-or-inf] the loss is no number from iteration {bad} on"
    at_limit = [i for i, loss in values if c2t609_diverged.at_limit(loss)]
    if len(at_limit) > 1:
        yield f"C2T609[diverged] the loss is 87.3365 from iteration {at_limit[0]} on: it diverged"
    yield from _plateau(log, values)
    scores = {key: list(values.items()) for key, values in log.tests.items()}
    for evidence, _, _ in c2t607_metric_frozen.check(History(scores=scores)):
        yield f"C2T607[metric-frozen] {evidence}"
    if len(log.starts) > 1:
        places = ", ".join(map(str, log.starts))
        yield f"the log holds {len(log.starts)} runs, which begin at iterations {places}"


def _plateau(log: Log, values: list[tuple[int, float]]) -> Iterator[str]:
    """The second half of the losses at ln(C)."""
    half = [loss for _, loss in values[len(values) // 2 :]]
    if log.classes < 2 or len(half) < 5:
        return
    chance = History(classes=log.classes).chance
    if all(c2t606_loss_plateau.at_chance(loss, chance) for loss in half):
        yield (
            f"C2T606[loss-plateau] the loss stays at ln({log.classes}) = {chance:.4f}: "
            "nothing was learned"
        )
