"""metrics.csv, one row an iteration that was shown or tested, and the curve drawn from it."""

from __future__ import annotations

import csv
import errno
import io
import math
import os
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

from caffe2torch import inputs
from caffe2torch.atomic import replacing
from caffe2torch.train.log import exact
from caffe2torch.train.state import RunState
from caffe2torch.train.table import Curve, Row, curves_of, read, split
from caffe2torch.train.watch import DisplayRecord, Score, ScoreRecord, StepRecord, Watcher

HEAD = ("iteration", "loss", "lr", "images_per_second")
LAST = 20
"""Losses before one that is no number, which a table shows even where display left them out."""
MOST_CURVES = 40
"""Curves of one pane; nets of 1 MB have thousands of outputs."""
COLORS = ("#1f77b4", "#d62728", "#2ca02c", "#ff7f0e", "#9467bd", "#8c564b", "#17becf")


class Metrics(Watcher):
    """Writes rows as they are complete; a resumed run goes on after the rows before it.

    Columns: iteration, loss (smoothed), lr, images_per_second, then "train NAME" for each output
    of the train net and "test0 NAME" for each of test net 0, and so on; "test0 ema NAME" for the
    moving average of the weights; an output of several numbers has NAME[0], NAME[1], ...
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.row: Row = {}
        self.pending: list[Row] = []
        self.columns: list[str] = []
        self.recent: deque[tuple[int, Any]] = deque(maxlen=LAST)
        self.newest = -1

    def on_start(self, state: RunState) -> None:
        """Keep the rows of a run that goes on, begin anew otherwise."""
        rows = [row for row in read(self.path) if int(row["iteration"]) < state.iter]
        self.columns = list(dict.fromkeys([*HEAD, *(c for row in rows[:1] for c in row)]))
        self._write(rows)

    def on_gradients(self, record: StepRecord) -> None:
        """Keep the newest losses, on their device, in case that the run ends with them."""
        self.recent.append((record.iter, record.loss))

    def on_display(self, record: DisplayRecord) -> None:
        """Take in what was shown."""
        row = {"loss": exact(record.loss), **named("train", record.scores)}
        if record.lr is not None:
            row["lr"] = exact(record.lr)
        if record.images:
            row["images_per_second"] = exact(record.images / record.seconds)
        self._add(record.iter, row)

    def on_test(self, record: ScoreRecord) -> None:
        """Take in the scores of a test."""
        self._add(record.iter, named(record.place, record.scores))

    def on_snapshot(self, path: str) -> None:
        """Write what there is, so that a kill loses nothing from before the snapshot."""
        self._flush()

    def on_end(self) -> None:
        """Write the last row, and the way to a loss that is no number, which ended the run."""
        losses = [(iteration, float(loss)) for iteration, loss in self.recent]
        if losses and not math.isfinite(losses[-1][1]):
            shown = self.newest
            for iteration, loss in losses:
                if iteration > shown:
                    self._add(iteration, {"loss": exact(loss)})
        self._flush()

    def _add(self, iteration: int, values: Row) -> None:
        if self.row.get("iteration") not in (None, str(iteration)):
            self._flush()
        self.newest = iteration
        self.row.update({"iteration": str(iteration), **values})

    def _flush(self) -> None:
        """Write the rows that are complete; those that cannot be written wait for the next time."""
        if self.row:
            self.pending.append(self.row)
            self.row = {}
        names = dict.fromkeys(name for row in self.pending for name in row)
        new = [name for name in names if name not in self.columns]
        if new or not self.path.is_file():
            self.columns += new
            self._write([*read(self.path), *self.pending])
        elif self.pending:
            self._append()
        self.pending = []

    def _append(self) -> None:
        """Append the rows that wait, all or none of them."""
        text = io.StringIO()
        csv.DictWriter(text, self.columns).writerows(self.pending)
        data = text.getvalue().encode()
        with self.path.open("ab", buffering=0) as file:
            size = file.tell()
            if file.write(data) != len(data):
                file.truncate(size)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))

    def _write(self, rows: list[Row]) -> None:
        """Write the whole table, so that a full disk leaves the one before it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(self.path) as aside, aside.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, self.columns)
            writer.writeheader()
            writer.writerows(rows)


def named(where: str, scores: list[Score]) -> Row:
    """Return column -> value; the values of one blob are numbered if it has several."""
    blobs: dict[str, list[float]] = {}
    for score in scores:
        blobs.setdefault(score.blob, []).append(score.value)
    return {
        f"{where} {blob}" + (f"[{i}]" if len(values) > 1 else ""): exact(value)
        for blob, values in blobs.items()
        for i, value in enumerate(values)
    }


Mark = tuple[int, str]
"""An iteration and the code of what was seen there."""


def findings(path: Path) -> list[Mark]:
    """Return what a monitor has seen, of an events.jsonl; none if there is no such file."""
    if not path.is_file():
        return []
    marks = []
    for line in inputs.read_text(path, "replace").splitlines():
        with suppress(ValueError, LookupError, TypeError):  # a line that was cut off
            event = inputs.parse_json(line)
            if event["event"] == "finding":
                marks.append((int(event["iteration"]), str(event["code"])))
    return marks


def draw(metrics: Path, picture: Path, title: str = "", marks: Sequence[Mark] = ()) -> bool:
    """Draw losses above and other scores below, over the iterations; False if there is nothing.

    marks: lines across all panes

    Scores that stay within 0 and 1, such as accuracies, share an axis from 0 to 1.
    """
    curves = split(curves_of(read(metrics)))
    groups = [group for group in (curves["loss"], curves["scores"]) if group]
    if not groups:
        return False
    # Figure itself, not pyplot: no window system is asked for, and the import is half as long.
    from matplotlib.figure import Figure

    height = 3 * len(groups) + 0.6
    figure = Figure(figsize=(8, height))  # a layout engine would take longer than the rest
    figure.subplots_adjust(0.09, 0.5 / height, 0.97, 1 - 0.4 / height, hspace=0.25)
    panes = figure.subplots(len(groups), 1, squeeze=False)[:, 0]
    for axes, group in zip(panes, groups, strict=True):
        _plot(axes, group)
        for iteration, code in dict(marks).items():
            axes.axvline(iteration, color="0.4", linestyle=":", linewidth=1)
            axes.text(iteration, 1, f" {code}", transform=axes.get_xaxis_transform(), fontsize=7)
    figure.suptitle(title, y=1 - 0.1 / height, va="top")
    with replacing(picture) as aside:
        figure.savefig(aside, format="png", dpi=120)
    return True


def _plot(axes: Any, group: dict[str, Curve]) -> None:
    for i, (name, values) in enumerate(islice(group.items(), MOST_CURVES)):
        style = {"marker": "o", "markersize": 3} if name.startswith("test") else {"linewidth": 1}
        label = "train loss (smoothed)" if name == "loss" else name
        axes.plot(*zip(*values, strict=True), color=COLORS[i % len(COLORS)], label=label, **style)
    highest = max((y for values in group.values() for _, y in values if y == y), default=-1.0)
    if "loss" not in group and 0 <= highest <= 1:
        axes.set_ylim(0, 1.02)
    axes.set_xlabel("iteration")
    axes.grid(alpha=0.3)
    left_out = len(group) - MOST_CURVES
    axes.legend(title=f"and {left_out:,} more, in metrics.csv" if left_out > 0 else None)
