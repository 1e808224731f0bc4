"""The layered layout: nothing overlaps, arrows go forward and around boxes."""

from __future__ import annotations

import random
from itertools import combinations, pairwise

import pytest

from caffe2torch.draw.layout import RANKDIRS, arrange
from caffe2torch.draw.layout.ordering import crossings
from caffe2torch.draw.layout.plan import Plan, Point, Task
from caffe2torch.draw.layout.rows import Rows, ranks

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


def made(seed: int, n: int = 22) -> Task:
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


@pytest.mark.parametrize("rankdir", RANKDIRS)
@pytest.mark.parametrize("seed", range(6))
def test_items_do_not_overlap_and_arrows_go_around_them(seed: int, rankdir: str) -> None:
    task = made(seed)
    plan = arrange(task, rankdir)
    assert not overlapping(task, plan)
    assert not crossed(task, plan)
    for (x, y), (w, h) in zip(plan.centres, task.sizes, strict=True):
        assert x - w / 2 >= -SLACK and x + w / 2 <= plan.width + SLACK
        assert y - h / 2 >= -SLACK and y + h / 2 <= plan.height + SLACK


@pytest.mark.parametrize("rankdir", RANKDIRS)
def test_arrows_start_and_end_at_their_items_and_go_forward(rankdir: str) -> None:
    task = made(99)
    plan = arrange(task, rankdir)
    axis = 0 if rankdir == "LR" else 1
    sign = -1 if rankdir == "BT" else 1
    assert len(plan.routes) == len(task.arrows)
    for (tail, head), route in zip(task.arrows, plan.routes, strict=True):
        assert len(route) % 3 == 1
        for item, end, side in ((tail, route[0], 1), (head, route[-1], -1)):
            edge = plan.centres[item][axis] + sign * side * task.sizes[item][axis] / 2
            assert end[axis] == pytest.approx(edge)
            other = 1 - axis
            assert abs(end[other] - plan.centres[item][other]) <= task.sizes[item][other] / 2
        along = [sign * p[axis] for p in points(route)]
        assert along == sorted(along)


def test_a_chain_is_straight() -> None:
    task = Task([(50, 20), (10, 10), (200, 30), (10, 10), (80, 20)], [(i, i + 1) for i in range(4)])
    plan = arrange(task, "TB")
    assert {round(x, 6) for x, _ in plan.centres} == {100.0}
    assert all({round(x, 6) for x, _ in route} == {100.0} for route in plan.routes)


def test_a_shortcut_runs_beside_the_boxes_it_skips_in_a_straight_line() -> None:
    task = Task([(60.0, 20.0)] * 5, [(0, 1), (1, 2), (2, 3), (0, 3), (3, 4)])
    plan = arrange(task, "TB")
    shortcut = plan.routes[3]
    beside = [
        x for x, y in points(shortcut) if plan.centres[1][1] - 10 < y < plan.centres[2][1] + 10
    ]
    assert beside and max(beside) - min(beside) < SLACK
    assert abs(beside[0] - plan.centres[1][0]) > 30
    assert plan.centres[1][0] == pytest.approx(plan.centres[2][0])


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


def test_a_tag_stands_right_below_its_box_and_sources_stand_near_their_readers() -> None:
    # 0 data, 1 its tag; 2 conv, 3 tag; 4 target, 5 tag; 6 loss reads both tags.
    task = Task(
        [(50.0, 20.0)] * 7,
        [(0, 1), (1, 2), (2, 3), (4, 5), (3, 6), (5, 6)],
        frozenset({(0, 1), (2, 3), (4, 5)}),
    )
    assert ranks(task) == [0, 1, 2, 3, 2, 3, 4]


def test_nothing_and_one_box_have_a_layout() -> None:
    empty = arrange(Task([], []), "TB")
    assert (empty.width, empty.height, empty.centres) == (0, 0, [])
    one = arrange(Task([(30.0, 20.0)], []), "LR")
    assert (one.width, one.height, one.centres) == (30, 20, [(15, 10)])
