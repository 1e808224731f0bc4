"""Which row each item stands in."""

from __future__ import annotations

from caffe2torch.draw.layout.plan import Task
from caffe2torch.draw.layout.rows import Rows, ranks
from tests.draw.layout.one_task import random_task


def test_a_tag_stands_right_below_its_box_and_sources_stand_near_their_readers() -> None:
    # 0 data, 1 its tag; 2 conv, 3 tag; 4 target, 5 tag; 6 loss reads both tags.
    task = Task(
        [(50.0, 20.0)] * 7,
        [(0, 1), (1, 2), (2, 3), (4, 5), (3, 6), (5, 6)],
        frozenset({(0, 1), (2, 3), (4, 5)}),
    )
    assert ranks(task) == [0, 1, 2, 3, 2, 3, 4]


def test_an_arrow_over_several_rows_has_a_stand_in_in_each() -> None:
    task = Task([(30.0, 20.0)] * 4, [(0, 1), (1, 2), (2, 3), (0, 3)])
    rows = Rows.of(task, ranks(task))
    assert rows.rank == [0, 1, 2, 3, 1, 2]
    assert rows.chains[3] == [0, 4, 5, 3]
    assert [rows.stand_in(item) for item in range(6)] == [False] * 4 + [True] * 2
    assert sorted(map(sorted, rows.order)) == [[0], [1, 4], [2, 5], [3]]
    # half of both widths and the gap, which is narrower beside a stand-in 4 wide
    assert rows.distance(1, 2) == 30 + 26
    assert rows.distance(1, 4) == 17 + 12


def test_rows_have_no_gaps_and_arrows_go_down() -> None:
    for seed in range(5):
        task = random_task(seed)
        row = ranks(task)
        assert set(row) == set(range(max(row) + 1))
        assert all(row[tail] < row[head] for tail, head in task.arrows)
        assert all(row[tag] == row[box] + 1 for box, tag in task.tied)
