"""Items are aligned into blocks; long arrows have the right of way."""

from __future__ import annotations

from itertools import pairwise

import pytest

from caffe2torch.draw.layout.aligning import Alignment, alignments, balanced, conflicts, sort_blocks
from caffe2torch.draw.layout.ordering import orders
from caffe2torch.draw.layout.plan import Task
from caffe2torch.draw.layout.rows import Rows, ranks
from tests.draw.layout.one_task import SLACK, random_task


def test_an_arrow_across_a_long_one_yields() -> None:
    # Rows: 0 1 / 2 3 / 4 5; the long arrow 1 -> 4 passes the middle row in 6, left of 2 and 3.
    rows = Rows([0, 0, 1, 1, 2, 2, 1, 3], [10.0] * 8, 6)
    rows.rank, rows.widths = [0, 0, 1, 1, 3, 3, 1, 2], [10.0] * 8
    rows.up = [[], [], [0], [0], [7], [3], [1], [6]]
    rows.down = [[2, 3], [6], [], [5], [], [], [7], [4]]
    rows.order = [[0, 1], [6, 2, 3], [7], [4, 5]]
    # 6 -> 7 is the only piece between stand-ins; nothing crosses it
    assert list(conflicts(rows)) == []
    # an arrow from 2, right of 6, to an item left of 7 crosses the piece
    rows.order[2] = [4, 7]
    rows.rank[4], rows.up[4], rows.down[2] = 2, [2], [4]
    assert list(conflicts(rows)) == [(2, 4)]


@pytest.mark.parametrize("seed", range(4))
def test_neighbours_keep_their_distance_in_all_four(seed: int) -> None:
    task = random_task(seed)
    rows = Rows.of(task, ranks(task))
    rows.order = orders(rows)[0]
    four = alignments(rows)
    assert len(four) == 4
    for xs in (*(alignment.xs for alignment in four), balanced(four)):
        for row in rows.order:
            for a, b in pairwise(row):
                assert xs[b] - xs[a] >= rows.distance(a, b) - SLACK
    for alignment in four:
        for item, root in enumerate(alignment.root):
            assert alignment.xs[item] == alignment.xs[root]


def test_the_balance_is_the_mean_of_the_middle_two() -> None:
    four = [Alignment([0, 1], xs) for xs in ([0.0, 10.0], [-12.0, 0.0], [0.0, 14.0], [-16.0, 0.0])]
    # the first and third keep the right end of the narrowest, 10, the others its left end, 0:
    # (0, 10), (0, 12), (-4, 10), (0, 16)
    assert balanced(four) == [0.0, 11.0]


def test_blocks_stand_behind_those_left_of_them() -> None:
    before = {3: {1: 5.0, 2: 1.0}, 2: {1: 1.0}, 1: {}}
    assert sort_blocks(before) == [1, 2, 3]


def test_a_diamond_is_symmetric() -> None:
    task = Task([(40.0, 20.0)] * 4, [(0, 1), (0, 2), (1, 3), (2, 3)])
    rows = Rows.of(task, ranks(task))
    xs = balanced(alignments(rows))
    assert xs[0] == pytest.approx(xs[3]) == pytest.approx((xs[1] + xs[2]) / 2)
    assert abs(xs[1] - xs[2]) == pytest.approx(rows.distance(1, 2))
