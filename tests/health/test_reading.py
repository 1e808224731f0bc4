"""Readings of losses and gradients, and how many stay on their way."""

from __future__ import annotations

import math

import pytest
import torch

from caffe2torch.health.reading import Reader, Reading, received, sent, split


def test_on_a_processor_each_reading_is_there_at_once() -> None:
    reader = Reader(0)
    (one,) = reader.read(5, torch.tensor(2.0), [torch.tensor(3.0), torch.tensor(4.0)])
    assert one == Reading(5, 2.0, 7.0)
    assert reader.rest() == []


def test_with_a_lag_the_one_before_is_handed_out() -> None:
    reader = Reader(1)
    assert reader.read(0, torch.tensor(1.0), []) == []
    assert [one.iter for one in reader.read(1, torch.tensor(2.0), [])] == [0]
    assert reader.rest() == [Reading(1, 2.0, 0)]
    assert reader.rest() == []


@pytest.mark.parametrize(("lag", "ready"), [(0, [0, 1, 2]), (1, [0, 1]), (3, []), (5, [])])
def test_the_newest_stay_on_their_way(lag: int, ready: list[int]) -> None:
    pending = [sent(i, torch.zeros(1)) for i in range(3)]
    now, later = split(pending, lag)
    assert [one.iter for one in now] == ready and [*now, *later] == pending


def test_a_gradient_that_is_no_number_shows_in_the_sum() -> None:
    assert math.isnan(received(sent(0, torch.tensor([1.0, 2.0, math.nan]))).gradient)
