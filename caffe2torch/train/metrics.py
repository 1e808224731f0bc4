"""metrics.csv: one row an iteration that was shown or tested, for spreadsheets and plots."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from caffe2torch.train.log import exact
from caffe2torch.train.watch import Display, Score, Scored, Watcher

if TYPE_CHECKING:
    from caffe2torch.train.loop import Solver

HEAD = ("iteration", "loss", "lr", "images_per_second")
Row = dict[str, str]


class Metrics(Watcher):
    """Writes rows as they are complete; a resumed run goes on after the rows before it.

    Columns: iteration, loss (smoothed), lr, images_per_second, then "train NAME" for each output
    of the train net and "test0 NAME" for each of test net 0, and so on; an output of several
    numbers has NAME[0], NAME[1], ...
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.row: Row = {}
        self.columns: list[str] = []

    def on_start(self, solver: Solver) -> None:
        """Keep the rows of a run that goes on, begin anew otherwise."""
        kept = [r for r in read(self.path) if int(r["iteration"]) < solver.iter]
        self.columns = list(dict.fromkeys([*HEAD, *(c for row in kept[:1] for c in row)]))
        with self.path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, self.columns)
            writer.writeheader()
            writer.writerows(kept)

    def on_display(self, solver: Solver, display: Display) -> None:
        """Take in what was shown."""
        row = {"loss": exact(display.loss), **named("train", display.scores)}
        if display.rate is not None:
            row["lr"] = exact(display.rate)
        if display.images:
            row["images_per_second"] = exact(display.images / display.seconds)
        self._add(display.iteration, row)

    def on_test(self, solver: Solver, test: Scored) -> None:
        """Take in the scores of a test."""
        self._add(test.iteration, named(f"test{test.net}", test.scores))

    def on_snapshot(self, solver: Solver, path: str) -> None:
        """Write what there is, so that a kill loses nothing from before the snapshot."""
        self._flush()

    def on_end(self, solver: Solver) -> None:
        """Write the last row."""
        self._flush()

    def _add(self, iteration: int, values: Row) -> None:
        if self.row.get("iteration") not in (None, str(iteration)):
            self._flush()
        self.row.update({"iteration": str(iteration), **values})

    def _flush(self) -> None:
        new = [name for name in self.row if name not in self.columns]
        if new:
            self._widen(new)
        if self.row:
            with self.path.open("a", newline="", encoding="utf-8") as file:
                csv.DictWriter(file, self.columns).writerow(self.row)
        self.row = {}

    def _widen(self, new: list[str]) -> None:
        rows = read(self.path)
        self.columns += new
        with self.path.open("w", newline="", encoding="utf-8") as file:
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


def read(path: Path) -> list[Row]:
    """Return the rows of a metrics file, none if there is no such file."""
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [dict(row) for row in csv.DictReader(file) if row.get("iteration", "").isdigit()]
