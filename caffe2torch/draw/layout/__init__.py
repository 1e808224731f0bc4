"""Where everything lies: from the top down; other directions are the same plan, turned."""

from __future__ import annotations

from collections.abc import Callable

from caffe2torch.draw.layout import layered
from caffe2torch.draw.layout.plan import Plan, Point, Task

RANKDIRS = ("TB", "LR", "BT")


def arrange(task: Task, rankdir: str) -> Plan:
    """Lay out in the direction `rankdir`, one of RANKDIRS."""
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
