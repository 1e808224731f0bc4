"""Where everything lies: from the top down; other directions are the same plan, turned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

Point = tuple[float, float]
RANKDIRS = ("TB", "LR", "BT")


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


def arrange(task: Task, rankdir: str) -> Plan:
    """Lay out in the direction `rankdir`, one of RANKDIRS."""
    from caffe2torch.draw.layout import layered

    turned = rankdir == "LR"
    sizes = [(h, w) for w, h in task.sizes] if turned else task.sizes
    plan = layered.place(Task(sizes, task.arrows, task.tied))
    if turned:
        return _moved(plan, plan.height, plan.width, lambda p: (p[1], p[0]))
    if rankdir == "BT":
        return _moved(plan, plan.width, plan.height, lambda p: (p[0], plan.height - p[1]))
    return plan


def _moved(plan: Plan, width: float, height: float, move: Callable[[Point], Point]) -> Plan:
    routes = [[move(p) for p in route] for route in plan.routes]
    return Plan(width, height, [move(p) for p in plan.centres], routes)
