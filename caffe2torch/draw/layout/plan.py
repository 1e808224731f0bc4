"""What a layout takes and gives: items of a size and arrows; their centres and routes."""

from __future__ import annotations

from dataclasses import dataclass, field

Point = tuple[float, float]


@dataclass
class Task:
    """What to lay out: items of a size, arrows (tail, head) with tail < head, each pair once.

    tied: arrows that must be short: a tag stays at the box whose blob it names
    """

    sizes: list[Point]
    arrows: list[tuple[int, int]]
    tied: frozenset[tuple[int, int]] = frozenset()


@dataclass
class Plan:
    """Centres of the items in pixels from the top left, and a route for each arrow.

    A route is a chain of cubic Bézier curves: a start, then two control points and an end each.
    """

    width: float
    height: float
    centres: list[Point]
    routes: list[list[Point]] = field(default_factory=list)
