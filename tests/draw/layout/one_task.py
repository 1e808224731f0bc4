"""A random task, and what its plan must not show."""

from __future__ import annotations

import random
from itertools import combinations, pairwise

from caffe2torch.draw.layout.plan import Plan, Point, Task

SLACK = 1e-6


def overlapping(task: Task, plan: Plan) -> list[tuple[int, int]]:
    """Pairs of items that share some area."""
    boxes = [
        (x - w / 2, y - h / 2, x + w / 2, y + h / 2)
        for (x, y), (w, h) in zip(plan.centres, task.sizes, strict=True)
    ]
    return [
        (i, j)
        for (i, a), (j, b) in combinations(enumerate(boxes), 2)
        if a[0] < b[2] - SLACK
        and b[0] < a[2] - SLACK
        and a[1] < b[3] - SLACK
        and b[1] < a[3] - SLACK
    ]


def points(route: list[Point]) -> list[Point]:
    """Points along a chain of Bézier curves, by de Casteljau's construction."""
    found = []
    for i in range(0, len(route) - 1, 3):
        for k in range(11):
            curve = route[i : i + 4]
            while len(curve) > 1:
                curve = [
                    tuple(p + (q - p) * k / 10 for p, q in zip(a, b, strict=True))
                    for a, b in pairwise(curve)
                ]
            found += curve
    return found


def crossed(task: Task, plan: Plan) -> list[tuple[tuple[int, int], int]]:
    """Arrows that run through an item that is not theirs."""
    found = []
    for arrow, route in zip(task.arrows, plan.routes, strict=True):
        way = points(route)
        for i, ((x, y), (w, h)) in enumerate(zip(plan.centres, task.sizes, strict=True)):
            inside = any(abs(px - x) < w / 2 - 0.5 and abs(py - y) < h / 2 - 0.5 for px, py in way)
            if inside and i not in arrow:
                found.append((arrow, i))
    return found


def random_task(seed: int, n: int = 22) -> Task:
    """A random net-like task: boxes that read earlier tags, each box with tags of its own."""
    chance = random.Random(seed)
    sizes: list[Point] = []
    arrows: list[tuple[int, int]] = []
    tags: list[int] = []
    tied = set()
    for _ in range(n):
        box = len(sizes)
        sizes.append((chance.uniform(30, 200), chance.uniform(20, 120)))
        recent = tags[-4:] if chance.random() < 0.8 else tags
        reads = chance.sample(recent, min(len(recent), chance.choice([0, 1, 1, 1, 2, 3])))
        arrows += [(tag, box) for tag in reads]
        for _ in range(chance.choice([1, 1, 1, 2])):
            tags.append(len(sizes))
            sizes.append((chance.uniform(30, 120), 18.0))
            arrows.append((box, tags[-1]))
            tied.add((box, tags[-1]))
    return Task(sizes, arrows, frozenset(tied))
