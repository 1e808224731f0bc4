"""Arrows cross as little as possible."""

from __future__ import annotations

import random

from caffe2torch.draw.layout import arrange
from caffe2torch.draw.layout.ordering import crossings
from caffe2torch.draw.layout.plan import Task
from caffe2torch.draw.layout.rows import Rows, ranks


def test_an_order_without_crossings_is_found() -> None:
    # Two chains whose ends are listed in the opposite order.
    task = Task([(40.0, 20.0)] * 6, [(0, 3), (1, 2), (2, 4), (3, 5)])
    plan = arrange(task, "TB")
    x = [centre[0] for centre in plan.centres]
    assert (x[0] < x[1]) == (x[3] < x[2]) == (x[5] < x[4])


def test_crossings_are_counted() -> None:
    # All six arrows of K(3, 2) upside down: pairs (a, b), (c, d) with a < c and b > d.
    task = Task([(10.0, 10.0)] * 5, [(a, b) for a in range(3) for b in (3, 4)])
    rows = Rows.of(task, ranks(task))
    assert crossings(rows) == 3


def test_crossings_are_those_of_a_count_pair_by_pair() -> None:
    chance = random.Random(5)
    for _ in range(20):
        arrows = sorted({(chance.randrange(6), 6 + chance.randrange(6)) for _ in range(12)})
        rows = Rows.of(Task([(10.0, 10.0)] * 12, arrows), [0] * 6 + [1] * 6)
        for row in rows.order:
            chance.shuffle(row)
        place = {item: i for row in rows.order for i, item in enumerate(row)}
        pairs = [(place[a], place[b]) for a, b in arrows]
        assert crossings(rows) == sum(a < c and b > d for a, b in pairs for c, d in pairs)
