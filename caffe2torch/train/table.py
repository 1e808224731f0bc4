"""What is read out of metrics.csv: its rows, and curves by what they show. No torch here."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from caffe2torch import inputs

Row = dict[str, str]
"""Column -> text, as the csv module reads it."""
Curve = list[tuple[int, float]]
"""Iterations and values."""
ITERATION = re.compile("[0-9]{1,18}")
SPEEDS = ("images_per_second", "iter_per_second")


def read(path: Path) -> list[Row]:
    """Return the rows of a metrics file, none if there is no such file.

    What is no row of ours is left out: lines that were cut off, and values of no column.
    """
    if not path.is_file():
        return []
    with io.TextIOWrapper(inputs.opened(path), "utf-8", "replace", newline="") as file:
        return [row for line in _lines(file) if (row := _row(line))]


def _lines(file: io.TextIOWrapper) -> Iterator[dict[str | None, Any]]:
    try:
        yield from csv.DictReader(file)
    except csv.Error:  # a field beyond all measure: what follows is no table
        return


def _row(line: dict[str | None, Any]) -> Row | None:
    iteration = line.get("iteration") or ""
    if not ITERATION.fullmatch(iteration):
        return None
    return {column: value for column, value in line.items() if column and _is_value(value)}


def _is_value(text: Any) -> bool:
    """Whether a cell is empty or a number."""
    try:
        float(text or 0)
    except (TypeError, ValueError):
        return False
    return True


def points(rows: list[Row], column: str) -> Curve:
    """Return iteration and value of each row that has the column."""
    return [(int(row["iteration"]), float(row[column])) for row in rows if row.get(column)]


def curves_of(rows: list[Row]) -> dict[str, Curve]:
    """Return the curve of each column that holds a value, but the iterations."""
    columns = [c for c in dict.fromkeys(c for row in rows for c in row) if c != "iteration"]
    return {c: points(rows, c) for c in columns if any(row.get(c) for row in rows)}


def split(curves: Mapping[str, Curve]) -> dict[str, dict[str, Curve]]:
    """Sort curves into what shares an axis: "loss", "scores", "rate" and "speed"."""
    groups: dict[str, dict[str, Curve]] = {"loss": {}, "scores": {}, "rate": {}, "speed": {}}
    for column, curve in curves.items():
        groups[_group(column)][column] = curve
    losses = groups["loss"]
    if "loss" in losses and sum(c.startswith("train ") for c in losses) == 1:
        # it is the smoothed loss, unsmoothed
        groups["loss"] = {c: p for c, p in losses.items() if not c.startswith("train ")}
    return groups


def _group(column: str) -> str:
    if column == "lr":
        return "rate"
    if column in SPEEDS:
        return "speed"
    return "loss" if "loss" in column.lower() else "scores"
