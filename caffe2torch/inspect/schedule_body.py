"""A schedule as lines, tables and curves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from caffe2torch import caffe_pb2 as pb
from caffe2torch.inspect import uses
from caffe2torch.inspect.plot import plot
from caffe2torch.inspect.report import Table
from caffe2torch.inspect.schedule import Schedule
from caffe2torch.inspect.values import number

SHOWN = 12
"""Milestones in the table; JSON has all of them."""


def body(schedule: Schedule, width: int) -> Iterator[str | Table]:
    """Yield what is printed."""
    param = schedule.param
    decay = f"weight decay {number(param.weight_decay)} ({param.regularization_type})"
    yield f"method       {schedule.method}, momentum {number(param.momentum)}, {decay}"
    yield f"length       {_length(schedule)}"
    yield f"rate         {param.lr_policy or 'no policy'} from {number(param.base_lr)}"
    yield from _rates(schedule, width)
    yield from (f"net          {use.line}" for use in schedule.nets)
    yield f"tests        {uses.tests(schedule.context, schedule.nets)}"
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
    found = schedule.rates
    if len(found) > SHOWN:
        found = [*found[: SHOWN - 1], found[-1]]
    rows = [(f"{r['iteration']:,}", number(r["epoch"]), f"{r['rate']:.6g}") for r in found]
    yield ""
    yield Table(("iteration", "epoch", "rate"), rows, left=0)
    if len(schedule.milestones) > SHOWN:
        yield f"({len(schedule.milestones)} drops in all)"
    yield ""
    if schedule.end > 1 and len({rate for _, rate in schedule.points()}) > 1:
        yield plot(schedule.points(), "rate", "iterations", min(width, 72), schedule.steep)
        yield ""


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
