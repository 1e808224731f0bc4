"""A curve in characters, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from math import log10

ROWS = 9
Points = Sequence[tuple[float, float]]


def plot(points: Points, what: str, over: str, width: int, log: bool = False) -> str:
    """Draw points (x rising) as text: values as rows from high to low, labels on the left.

    points: finite, at least one; log: a logarithmic axis, for values above 0
    """
    low, high = min(y for _, y in points), max(y for _, y in points)
    labels = [_label(_value(row, low, high, log)) for row in (0, ROWS // 2, ROWS - 1)]
    margin = max(map(len, labels))
    columns = max(width - margin - 2, 8)
    grid = [[" "] * columns for _ in range(ROWS)]
    for column, rows in enumerate(_heights(points, columns, low, high, log)):
        for row in rows:
            grid[row][column] = "*"
    marks = dict(zip((0, ROWS // 2, ROWS - 1), labels, strict=True))
    lines = [f"{marks.get(i, ''):>{margin}} |{''.join(row)}".rstrip() for i, row in enumerate(grid)]
    first, last = f"{points[0][0]:,}", f"{points[-1][0]:,}"
    scale = f"{what} ({'logarithmic, ' if log else ''}over {over})"
    axis = first + last.rjust(columns - len(first))
    return "\n".join([scale, *lines, " " * margin + " +" + "-" * columns, f"{'':{margin}}  {axis}"])


def _heights(points: Points, columns: int, low: float, high: float, log: bool) -> list[list[int]]:
    """Rows to mark in each column: those that the curve passes there."""
    first, last = points[0][0], points[-1][0]
    marks: list[list[int]] = [[] for _ in range(columns)]
    for x, y in points:
        share = _share(y, low, high, log)
        column = round((x - first) / ((last - first) or 1) * (columns - 1))
        marks[column].append(round((1 - share) * (ROWS - 1)))
    before: list[int] = marks[0]
    for column, rows in enumerate(marks):
        marks[column] = list(range(min(rows), max(rows) + 1)) if rows else before[-1:]
        before = rows or before
    return marks


def _share(y: float, low: float, high: float, log: bool) -> float:
    if high == low:
        return 0.5
    if log:
        return (log10(y) - log10(low)) / (log10(high) - log10(low))
    return (y - low) / (high - low)


def _value(row: int, low: float, high: float, log: bool) -> float:
    share = 1 - row / (ROWS - 1)
    return float(low * (high / low) ** share) if log else low + (high - low) * share


def _label(value: float) -> str:
    return f"{value:.2g}"
