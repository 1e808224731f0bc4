"""What a solver will do: how far, at which rates, with which nets; its tests and snapshots."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch.config.files import Unavailable
from caffe2torch.config.nets import NetUse
from caffe2torch.config.project import Project
from caffe2torch.config.schedule import drops_of, epochs, rate_of, training_set
from caffe2torch.errors import C2TError
from caffe2torch.inspect.plot import plot
from caffe2torch.inspect.report import Table
from caffe2torch.inspect.summary import Summary
from caffe2torch.inspect.values import number, shortest, size

POINTS = 200  # of a curve
FACTORS, STEEP = ("step", "multistep", "exp"), 20.0  # policies and falls of a logarithmic axis
LISTED = 1000  # milestones at most
SHOWN = 12  # milestones in the table; JSON has all of them


class Schedule:
    """A solver and what it refers to."""

    def __init__(self, project: Project) -> None:
        self.project, self.param = project, project.param
        self.end = int(self.param.max_iter)

    @cached_property
    def rate(self) -> Callable[[int], float] | None:
        """The rate of each iteration, in float32; None if the policy is incomplete."""
        return rate_of(self.project)

    @cached_property
    def rate_error(self) -> str:
        """Why there is no rate."""
        from caffe2torch.config import policies

        try:
            policies.from_solver(self.project.solver)
        except C2TError as error:
            return str(error)
        return ""

    @cached_property
    def milestones(self) -> list[int]:
        """Iterations at which the rate drops; quarters of the run where it falls all the time."""
        last = max(self.end - 1, 0)
        if self.param.lr_policy == "step" and self.param.stepsize > 0:
            drops = list(range(0, self.end, self.param.stepsize)[:LISTED])
        elif self.param.lr_policy == "multistep":
            drops = [0, *(drop for drop in drops_of(self.param.stepvalue) if drop <= last)]
        elif self.param.lr_policy == "fixed":
            drops = [0]
        else:
            drops = [round(last * share / 4) for share in range(4)]
        return sorted({*drops, last})

    def epoch(self, iteration: int) -> float | None:
        """How often the training set has been seen; None where its size is unknown."""
        try:
            return epochs(self.project, iteration)
        except Unavailable:
            return None

    @property
    def rates(self) -> list[dict[str, Any]]:
        if self.rate is None:
            return []
        return [
            {"iteration": i, "epoch": self.epoch(i), "rate": shortest(self.rate(i))}
            for i in self.milestones
        ]

    @property
    def method(self) -> str:
        return str(self.param.type)

    @cached_property
    def nets(self) -> list[UsedNet]:
        return used_nets(self.project, self.method)

    @property
    def notes(self) -> list[str]:
        """What could not be read or is worth a word, once each."""
        failures = [str(error) for error in self.project.failures]
        paths = self.project.notes(*(one.use for one in self.nets))
        return list(dict.fromkeys([*self.project.solver.notes, *paths, *failures]))

    @cached_property
    def training_set(self) -> tuple[int, int, str]:
        """Batch size, records and how their number is known; 0 where it is not."""
        try:
            source, records, how = training_set(self.project)
        except Unavailable:
            return 0, 0, ""
        return (source.batch_size if source else 0), records, how

    @property
    def data(self) -> dict[str, Any]:
        param, (batch, records, _) = self.param, self.training_set
        return {
            "type": self.method,
            "base_lr": shortest(param.base_lr),
            "lr_policy": param.lr_policy,
            "momentum": shortest(param.momentum),
            "weight_decay": shortest(param.weight_decay),
            "regularization_type": param.regularization_type,
            "max_iter": self.end,
            "iter_size": param.iter_size,
            "batch": batch or None,
            "records": records or None,
            "epochs": self.epoch(self.end),
            "rates": self.rates,
            "rate_error": self.rate_error or None,
            "nets": [use.data for use in self.nets],
            "test_interval": param.test_interval,
            "display": param.display,
            "snapshot": param.snapshot,
            "snapshot_prefix": param.snapshot_prefix,
            "snapshot_format": pb.SolverParameter.SnapshotFormat.Name(param.snapshot_format),
            "random_seed": param.random_seed,
            "notes": self.notes,
        }

    def points(self) -> list[tuple[int, float]]:
        """Iterations and finite rates all over the run, with both sides of each drop."""
        if self.rate is None:
            return []
        last = max(self.end - 1, 0)
        edges = {max(drop - side, 0) for drop in self.milestones for side in (0, 1)}
        steps = {round(last * i / POINTS) for i in range(POINTS + 1)}
        rates = [(i, self.rate(i)) for i in sorted(edges | steps)]
        return [(i, rate) for i, rate in rates if isfinite(rate)]

    @property
    def steep(self) -> bool:
        """Whether the rate falls by factors, far enough for a logarithmic axis."""
        rates = [rate for _, rate in self.points()]
        falls = self.param.lr_policy in FACTORS and min(rates, default=0) > 0
        return falls and max(rates) > STEEP * min(rates)


@dataclass
class UsedNet:
    """A net in the state in which the solver uses it; `summary` is None if it cannot be wired."""

    use: NetUse
    summary: Summary | None

    @property
    def phase(self) -> str:
        return "TRAIN" if self.use.train else "TEST"

    @property
    def batch(self) -> int:
        """Items in a batch of the first layer that reads data; 0 if nothing says."""
        return next((s.batch_size for s in self.use.sources if s.batch_size), 0)

    @property
    def records(self) -> int | None:
        return next((s.records for s in self.use.sources if s.batch_size), None)

    @property
    def line(self) -> str:
        """The net in a line."""
        text = f"{self.phase} {self.use.net.file or self.use.field}"
        if self.summary is None:
            return f"{text}: it cannot be wired"
        memory = self.summary.memory[0]
        return (
            f"{text}: {self.summary.parameters:,} parameters, batch {self.summary.batch}, about "
            f"{size(memory.total)} to {memory.purpose} (estimate)"
        )

    @property
    def data(self) -> dict[str, Any]:
        facts: dict[str, Any] = {
            "phase": self.phase,
            "field": self.use.field,
            "file": self.use.net.file,
            "batch": self.batch or None,
            "records": self.records,
            "parameters": None,
            "memory": None,
        }
        if self.summary is not None:
            memory = {m.purpose: m.data for m in self.summary.memory}
            facts |= {"parameters": self.summary.parameters, "memory": memory}
        return facts


def used_nets(project: Project, method: str) -> list[UsedNet]:
    """The TRAIN net and the TEST nets that can be read; the rest is among project.failures."""
    return [UsedNet(use, _summary(use, method)) for use in _readable(project)]


def _readable(project: Project) -> list[NetUse]:
    readable: list[NetUse] = []
    for part in ("train", "tests"):
        try:
            uses = getattr(project, part)
        except Unavailable:
            continue
        readable += [uses] if isinstance(uses, NetUse) else uses
    return readable


def _summary(use: NetUse, method: str) -> Summary | None:
    try:
        return Summary(use.graph, method)
    except Unavailable:
        return None


def body(schedule: Schedule, width: int) -> Iterator[str | Table]:
    """Yield what is printed."""
    param = schedule.param
    decay = f"weight decay {number(param.weight_decay)} ({param.regularization_type})"
    yield f"method       {schedule.method}, momentum {number(param.momentum)}, {decay}"
    yield f"length       {_length(schedule)}"
    yield f"rate         {param.lr_policy or 'no policy'} from {number(param.base_lr)}"
    yield from _rates(schedule, width)
    yield from (f"net          {use.line}" for use in schedule.nets)
    yield f"tests        {tests(schedule.project, schedule.nets)}"
    yield f"snapshots    {_snapshots(schedule)}"
    yield from (f"note: {note}" for note in schedule.notes)


def _length(schedule: Schedule) -> str:
    batch, records, how = schedule.training_set
    text = f"{schedule.end:,} iterations"
    if not batch:
        return text
    size = (
        f"{batch} × iter_size {schedule.param.iter_size}" if schedule.param.iter_size > 1 else batch
    )
    text += f" × {size} items"
    epochs = schedule.epoch(schedule.end)
    return f"{text} = {epochs:.4g} epochs of {records:,} records{how}" if epochs else text


def _rates(schedule: Schedule, width: int) -> Iterator[str | Table]:
    if schedule.rate is None:
        yield f"note: no rate: {schedule.rate_error}"
        return
    rates = schedule.rates
    if len(rates) > SHOWN:
        rates = [*rates[: SHOWN - 1], rates[-1]]
    rows = [(f"{r['iteration']:,}", number(r["epoch"]), f"{r['rate']:.6g}") for r in rates]
    yield ""
    yield Table(("iteration", "epoch", "rate"), rows, left=0)
    if len(schedule.milestones) > SHOWN:
        yield f"({len(schedule.milestones)} drops in all)"
    yield ""
    if schedule.end > 1 and len({rate for _, rate in schedule.points()}) > 1:
        yield plot(schedule.points(), "rate", "iterations", min(width, 72), schedule.steep)
        yield ""


def tests(project: Project, nets: list[UsedNet]) -> str:
    """How often is tested, on how many items of how many."""
    param = project.param
    if not param.test_iter or not param.test_interval:
        return "none"
    parts = []
    for i, batches in enumerate(param.test_iter):
        use = next((n for n in nets if not n.use.train and n.use.index == i), None)
        text = f"{batches:,} batches"
        if use and use.batch:
            text += f" × {use.batch} = {batches * use.batch:,}"
            text += f" of {use.records:,} records" if use.records else " items"
        parts.append(text)
    start = "" if param.test_initialization else ", not before the first"
    return f"every {param.test_interval:,} iterations{start}: {'; '.join(parts)}"


def _snapshots(schedule: Schedule) -> str:
    param = schedule.param
    suffix = ".h5" if param.snapshot_format == pb.SolverParameter.HDF5 else ""
    name = f"{param.snapshot_prefix}_iter_N.caffemodel{suffix}"
    after = ", and after training" if param.snapshot_after_train else ""
    if not param.snapshot:
        return f"{name} after training" if after else "none"
    return f"{name} every {param.snapshot:,} iterations{after}"


def draw(schedule: Schedule, path: Path) -> str:
    """Write the rate over the iterations as a PNG; returns what it shows."""
    from matplotlib.figure import Figure

    from caffe2torch.atomic import replacing

    points = schedule.points()
    figure = Figure(figsize=(8, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.plot(*zip(*points, strict=True))
    if schedule.steep:
        axes.set_yscale("log")
    axes.set_xlabel("iteration")
    axes.set_ylabel("rate")
    axes.set_title(f"{schedule.param.lr_policy}, base_lr {number(schedule.param.base_lr)}")
    axes.grid(alpha=0.3)
    with replacing(path) as aside:
        figure.savefig(aside, format="png", dpi=110)
    return "the rate over the iterations"
