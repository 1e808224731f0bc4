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

_LINE = re.compile(
    r"(?:\[\d+\] ?)?"  # the number of a process, as mpirun -l writes it
    r"[IWEF](?:\d{4})?\d{4} \d\d:\d\d:\d\d(?:\.\d+)?\s+(\d+) ([\w./]+:\d+)\] ?(.*)"
)
_NUMBER = r"([-+]?(?:1\.#\w+|\d+\.?\d*(?:[eE][-+]?\d+)?|nan|inf|NaN))"
_LOSS = re.compile(rf"Iteration (\d+)(?: \(([\d.eE+-]+) iter/s.*?\))?.*?, loss = {_NUMBER}")
_RATE = re.compile(rf"Iteration (\d+), lr = {_NUMBER}")
_TEST = re.compile(r"Iteration (\d+), Testing net \(#(\d+)\)")
_OUTPUT = re.compile(rf"(Train|Test) net output #\d+: (.+?) = {_NUMBER}")
_RESTART = re.compile(r"Resuming from |Restoring previous solver status|Starting Optimization")
_END = re.compile(r"Optimization (Done|stopped early)")
_SNAPSHOT = re.compile(r"Snapshotting to (?:binary proto|HDF5) file (.+)")
_CLASSES = re.compile(r"num_output: (\d+)")
_MAX_ITER = re.compile(r"max_iter: (\d+)")


@dataclass
class Log:
    """What a log holds.

    losses, rates: iteration -> value; speeds: iteration -> iterations a second
    train:         output -> iteration -> value
    tests:         (net, output) -> iteration -> value
    starts:        iterations at which a run begins or goes on
    classes:       the last num_output that the printed net has, 0 for none
    lines:         of Caffe's form
    max_iter:      of the newest run, 0 where the log does not show it
    end:           "Done" or "stopped early", "" where the log just ends
    snapshots:     the weights that were written
    """

    losses: dict[int, float] = field(default_factory=dict)
    rates: dict[int, float] = field(default_factory=dict)
    speeds: dict[int, float] = field(default_factory=dict)
    train: dict[str, dict[int, float]] = field(default_factory=dict)
    tests: dict[tuple[int, str], dict[int, float]] = field(default_factory=dict)
    starts: list[int] = field(default_factory=list)
    classes: int = 0
    lines: int = 0
    max_iter: int = 0
    end: str = ""
    snapshots: list[str] = field(default_factory=list)

    def columns(self) -> dict[str, dict[int, float]]:
        """The curves as metrics.csv calls them: loss, lr, iter_per_second, train X, testN X."""
        columns: dict[str, dict[int, float]] = {
            "loss": self.losses, "lr": self.rates, "iter_per_second": self.speeds,
        }  # fmt: skip
        columns |= {f"train {name}": values for name, values in self.train.items()}
        columns |= {f"test{net} {name}": values for (net, name), values in self.tests.items()}
        return {name: values for name, values in columns.items() if values}

    def rows(self) -> Iterator[dict[str, float]]:
        """One row an iteration, with the columns that have a value there."""
        columns = self.columns()
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
            self._printed(line)
            return
        self.log.lines += 1
        thread, text = match[1], match[3]
        if _RESTART.search(text):
            self.pending, self.log.end = True, ""
        elif (test := _TEST.search(text)) is not None:
            self._begin(int(test[1]))
            self.testing[thread] = int(test[1]), int(test[2])
        elif (loss := _LOSS.search(text)) is not None:
            self._loss(thread, int(loss[1]), loss[2], _value(loss[3]))
        elif (rate := _RATE.search(text)) is not None:
            self.log.rates[int(rate[1])] = _value(rate[2])
        elif (output := _OUTPUT.search(text)) is not None:
            self._output(thread, output[1], output[2], _value(output[3]))
        else:
            self._event(text)

    def _printed(self, line: str) -> None:
        """Take in a line of the solver or the net, which the log shows field by field."""
        classes = _CLASSES.search(line)
        if classes:
            self.log.classes = int(classes[1])
        elif (limit := _MAX_ITER.match(line)) is not None:
            self.log.max_iter = int(limit[1])

    def _event(self, text: str) -> None:
        if (end := _END.search(text)) is not None:
            self.log.end = end[1]
        elif (snapshot := _SNAPSHOT.search(text)) is not None:
            self.log.snapshots.append(snapshot[1].strip())

    def _loss(self, thread: str, iteration: int, speed: str | None, value: float) -> None:
        self._begin(iteration)
        self.shown[thread] = iteration
        self.log.losses[iteration] = value
        if speed:
            self.log.speeds[iteration] = float(speed)

    def _begin(self, iteration: int) -> None:
        """At the first line of a run, forget what an earlier one did from this iteration on."""
        if not self.pending:
            return
        self.pending = False
        log = self.log
        log.starts.append(iteration)
        for values in (
            log.losses, log.rates, log.speeds, *log.train.values(), *log.tests.values()
        ):  # fmt: skip
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
    """Read a number as C++ prints it; Windows has words such as 1.#INF and -1.#IND for some."""
    if "#" in text:
        return float(text[:1].strip("1") + "inf") if "INF" in text else math.nan
    return float(text.lower())
