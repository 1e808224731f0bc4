"""ArgMax where NaN breaks the order, by the numbers of Caffe 1.0."""

from __future__ import annotations

import math

import pytest
import torch

from tests.layers.one_layer import run_layer

NAN, INF = math.nan, math.inf
ROWS = [
    ([NAN, 1, INF, 3], 2, INF),
    ([NAN, NAN, NAN, 0], 3, 0),
    ([1, NAN, 5, 5], 3, 5),
    ([7, NAN, NAN, NAN], 3, NAN),
    ([2, 9, NAN, -INF], 3, -INF),
    ([-INF, -INF, NAN, -INF], 3, -INF),
    ([9, NAN, 1, NAN], 3, NAN),
    ([4.0, 9, 9, 1], 2, 9),
]


@pytest.mark.parametrize(("row", "place", "value"), ROWS)
def test_only_what_follows_the_last_nan_counts(row: list[float], place: int, value: float) -> None:
    x = torch.tensor([row])
    (y,) = run_layer("ArgMax", "argmax_param { axis: 1 }", x)
    assert y.flatten().tolist() == [place]
    (both,) = run_layer("ArgMax", "argmax_param { out_max_val: true }", x)
    assert both.flatten().tolist() == pytest.approx([place, value], nan_ok=True)


def test_along_an_inner_axis() -> None:
    x = torch.tensor([[[1.0, NAN], [NAN, 2], [0, 1]]])
    (y,) = run_layer("ArgMax", "argmax_param { axis: 1 }", x)
    assert y.flatten().tolist() == [2, 1]
