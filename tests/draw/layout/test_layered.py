"""The layered layout as a whole."""

from __future__ import annotations

import pytest

from caffe2torch.draw.layout import arrange
from caffe2torch.draw.layout.plan import Task
from tests.draw.layout.one_task import SLACK, points


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


def test_nothing_and_one_box_have_a_layout() -> None:
    empty = arrange(Task([], []), "TB")
    assert (empty.width, empty.height, empty.centres) == (0, 0, [])
    one = arrange(Task([(30.0, 20.0)], []), "LR")
    assert (one.width, one.height, one.centres) == (30, 20, [(15, 10)])
