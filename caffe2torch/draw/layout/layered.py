"""The layered layout: rows, an order in each, positions, and curves between the rows.

Source: Sugiyama, Tagawa, Toda, 1981
"""

from __future__ import annotations

from itertools import product
from math import inf

from caffe2torch.draw.layout.aligning import alignments, balanced
from caffe2torch.draw.layout.ordering import orders
from caffe2torch.draw.layout.plan import Plan, Point, Task
from caffe2torch.draw.layout.routing import Router
from caffe2torch.draw.layout.rows import Rows, ranks
from caffe2torch.draw.layout.straightening import settle, straighten

LEAST, MOST, SLOPE = 20.0, 90.0, 0.1
DRIFTS = (inf, 300.0, 80.0)
EFFORT = 2500  # items in all orders that are tried, and in all variants of one


def place(task: Task) -> Plan:
    """Lay out a task; arrows pass between the items of a row, never through one."""
    rows = Rows.of(task, ranks(task))
    xs = _best(rows)
    left = min((x - w / 2 for x, w in zip(xs, rows.widths, strict=True)), default=0.0)
    xs = [x - left for x in xs]
    tops, bottoms = _bands(task, rows, xs)
    middles = [(tops[r] + bottoms[r]) / 2 for r in rows.rank]
    centres = list(zip(xs, middles, strict=True))
    routes = Router(task, rows, centres, tops, bottoms).routes()
    width = max((x + w / 2 for x, w in zip(xs, rows.widths, strict=True)), default=0.0)
    return Plan(width, max(bottoms, default=0.0), centres[: rows.real], routes)


def _best(rows: Rows) -> list[float]:
    """Place the items in the best orders, and take the one whose arrows bend least."""
    tried = []
    for order in orders(rows)[: max(1, EFFORT // len(rows.rank))] if rows.rank else []:
        rows.order = order
        four = alignments(rows)
        soft = settle(rows, balanced(four))
        variants = list(product(four, DRIFTS))
        for alignment, drift in variants[: max(1, len(variants) * EFFORT // len(rows.rank))]:
            tried.append((*straighten(rows, alignment.root, soft, drift), order))
    _, xs, rows.order = min(tried, key=lambda t: t[0], default=(0.0, [], []))
    return xs


def _bands(task: Task, rows: Rows, xs: list[float]) -> tuple[list[float], list[float]]:
    """Top and bottom of each row; rows stand further apart where arrows go far sideways."""
    tops: list[float] = []
    bottoms: list[float] = []
    for row in rows.order:
        far = max((abs(xs[a] - xs[b]) for b in row for a in rows.up[b]), default=0.0)
        gap = max(LEAST, min(MOST, SLOPE * far)) if tops else 0.0
        tops.append((bottoms[-1] if bottoms else 0.0) + gap)
        height = max((_size(task, rows, item)[1] for item in row), default=0.0)
        bottoms.append(tops[-1] + height)
    return tops, bottoms


def _size(task: Task, rows: Rows, item: int) -> Point:
    return (0.0, 0.0) if rows.stand_in(item) else task.sizes[item]
