"""Numbers in messages and tables: as precise as the model is, and none that nobody can imagine."""

from __future__ import annotations

IMAGINABLE = 1e6


def show(value: float, digits: int = 2) -> str:
    """A number with so many digits; "over a million" beyond that."""
    if abs(value) >= IMAGINABLE:
        return "over a million"
    text = f"{value:.{digits}g}"
    return text if "e+" not in text else f"{float(text):,.0f}"
