"""Rows are solved exactly, and blocks stay straight without coming too near each other."""

from __future__ import annotations

import random
from itertools import pairwise
from math import inf

import pytest

from caffe2torch.draw.layout.aligning import alignments, balanced
from caffe2torch.draw.layout.ordering import orders
from caffe2torch.draw.layout.plan import Task
from caffe2torch.draw.layout.rows import Rows, ranks
from caffe2torch.draw.layout.straightening import _isotonic, settle, straighten
from tests.draw.layout.one_task import SLACK, random_task


def test_the_isotonic_numbers_are_the_min_max_of_means() -> None:
    # Source: Barlow et al., 1972: x_i = max over a <= i of min over b >= i of the mean of a..b
    chance = random.Random(3)
    for _ in range(30):
        n = chance.randint(1, 7)
        wanted = [chance.uniform(-5, 5) for _ in range(n)]
        weights = [chance.uniform(0.1, 3) for _ in range(n)]

        def mean(a: int, b: int, wanted=wanted, weights=weights) -> float:
            pairs = list(zip(wanted[a : b + 1], weights[a : b + 1], strict=True))
            return sum(x * w for x, w in pairs) / sum(w for _, w in pairs)

        expected = [
            max(min(mean(a, b) for b in range(i, n)) for a in range(i + 1)) for i in range(n)
        ]
        assert _isotonic(wanted, weights) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(3))
def test_distances_hold_and_blocks_are_straight(seed: int) -> None:
    task = random_task(seed)
    rows = Rows.of(task, ranks(task))
    rows.order = orders(rows)[0]
    four = alignments(rows)
    soft = settle(rows, balanced(four))
    cost, xs = straighten(rows, four[0].root, soft, inf)
    assert cost >= 0
    for places in (soft, xs):
        for row in rows.order:
            for a, b in pairwise(row):
                assert places[b] - places[a] >= rows.distance(a, b) - SLACK
    assert all(xs[item] == xs[root] for item, root in enumerate(four[0].root))


def test_a_block_is_cut_where_its_places_drift_apart() -> None:
    task = Task([(40.0, 20.0)] * 3, [(0, 1), (1, 2)])
    rows = Rows.of(task, ranks(task))
    soft = [0.0, 10.0, 200.0]
    _, whole = straighten(rows, [0, 0, 0], soft, inf)
    assert whole[0] == whole[1] == whole[2]
    cost, cut = straighten(rows, [0, 0, 0], soft, 50.0)
    # the two pieces pull each other together, since nothing keeps them apart
    assert cut[0] == cut[1] and cut[2] == pytest.approx(cut[0], abs=1)
    assert cost == 0
