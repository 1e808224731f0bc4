"""Routes leave and reach items side by side, and bend only between rows."""

from __future__ import annotations

import pytest

from caffe2torch.draw.layout.plan import Task
from caffe2torch.draw.layout.routing import MARGIN, PORT_GAP, Router
from caffe2torch.draw.layout.rows import Rows, ranks


def router(task: Task, xs: list[float]) -> Router:
    """Rows 20 high and 30 apart."""
    rows = Rows.of(task, ranks(task))
    centres = [(x, 50.0 * row + 10) for x, row in zip(xs, rows.rank, strict=True)]
    count = max(rows.rank) + 1
    return Router(
        task, rows, centres, [50.0 * r for r in range(count)], [50.0 * r + 20 for r in range(count)]
    )


def test_a_straight_arrow_is_one_straight_curve() -> None:
    (route,) = router(Task([(40.0, 20.0)] * 2, [(0, 1)]), [5.0, 5.0]).routes()
    assert route == [(5, 20), (5, 30), (5, 40), (5, 50)]


def test_a_bend_has_both_ends_upright() -> None:
    (route,) = router(Task([(40.0, 20.0)] * 2, [(0, 1)]), [0.0, 60.0]).routes()
    assert route == [(0, 20), (0, 35), (60, 35), (60, 50)]


def test_an_arrow_runs_straight_down_to_the_end_of_its_row_first() -> None:
    task = Task([(40.0, 10.0), (40.0, 20.0)], [(0, 1)])  # half as high as its row
    (route,) = router(task, [0.0, 60.0]).routes()
    assert route[0] == (0, 15) and route[3] == (0, 20) and route[-1] == (60, 50)


def test_ports_are_in_the_order_of_the_other_ends() -> None:
    task = Task([(100.0, 20.0)] * 4, [(0, 1), (0, 2), (0, 3)])
    routes = router(task, [0.0, 90.0, -90.0, 0.0]).routes()
    assert [route[0][0] for route in routes] == [PORT_GAP, -PORT_GAP, 0.0]
    narrow = Task([(MARGIN * 2 + 6, 20.0), *[(100.0, 20.0)] * 3], task.arrows)
    starts = [route[0][0] for route in router(narrow, [0.0, 90.0, -90.0, 0.0]).routes()]
    assert starts == pytest.approx([3, -3, 0])
