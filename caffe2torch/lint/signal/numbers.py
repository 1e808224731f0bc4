"""Numbers in messages and tables: as precise as the model is, and none that nobody can imagine."""

from __future__ import annotations

from collections.abc import Iterable

IMAGINABLE = 1e6


def show(value: float, digits: int = 2) -> str:
    """A number with so many digits; "over a million" beyond that."""
    if abs(value) >= IMAGINABLE:
        return "over a million"
    text = f"{value:.{digits}g}"
    return text if "e+" not in text else f"{float(text):,.0f}"


def median(values: Iterable[float]) -> float | None:
    """The middle of some numbers, None of none. (numpy's imports its masked arrays, 15 ms.)"""
    row = sorted(values)
    half = len(row) // 2
    if not row:
        return None
    return row[half] if len(row) % 2 else (row[half - 1] + row[half]) / 2
