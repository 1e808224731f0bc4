"""When a rate is called too high, and when fatal: the bounds, by hand."""

from __future__ import annotations

from math import sqrt
from typing import Any

import pytest

from caffe2torch.lint.rate import (
    ANEW,
    EDGE,
    FATAL,
    REPLACED,
    TOGETHER,
    TOO_HIGH,
    Assessment,
    middle,
)


def assessment(median: float, layers: int = 1, edge: float | None = 0.0, **more: Any) -> Assessment:
    return Assessment(median, layers, None, None, more.pop("batch", 64), edge, **more)  # type: ignore[arg-type]


def test_one_layer_alone_may_move_by_a_tenth() -> None:
    assert not assessment(TOO_HIGH * 0.99, edge=EDGE).too_high
    assert assessment(TOO_HIGH, edge=EDGE).too_high
    assert assessment(TOO_HIGH, edge=None).too_high


def test_a_stable_rate_may_move_it_by_more() -> None:
    """Of ten measured runs nine trained; none of them moved the weights by more than themselves."""
    assert not assessment(ANEW * 0.99, edge=EDGE * 0.9).too_high
    assert assessment(ANEW, edge=EDGE * 0.9).too_high


def test_many_layers_that_move_together_may_move_by_less_each() -> None:
    each = TOGETHER / sqrt(16)
    assert assessment(each * 1.01, layers=16, edge=EDGE).too_high
    assert not assessment(each * 1.01, layers=16, edge=EDGE * 0.9).too_high  # stable all the same
    assert not assessment(each * 0.99, layers=16, edge=EDGE).too_high


def test_it_is_fatal_only_far_beyond_the_stable_rate_of_a_plain_net() -> None:
    """Every measured run of plain nets from 15 times the largest stable rate on failed."""
    assert assessment(TOO_HIGH, edge=FATAL, plain=True).fatal
    assert not assessment(TOO_HIGH, edge=FATAL * 0.99, plain=True).fatal
    assert not assessment(TOO_HIGH, edge=FATAL * 100).fatal  # one layer, BatchNorm, tanh: recover


def test_a_loss_without_curvature_is_judged_by_the_step_alone() -> None:
    assert assessment(REPLACED, edge=None, plain=True).fatal
    assert not assessment(REPLACED * 0.99, edge=None, plain=True).fatal


def test_the_share_of_failed_runs_is_a_logistic_function() -> None:
    """1 / (1 + e^(2.87 − 1.46·ln 4 − 0.98·ln 8)) = 1 / (1 + e^−1.1917) = 0.767 by hand."""
    measured = assessment(0.2, layers=8, edge=4.0, plain=True)
    assert measured.risk == pytest.approx(0.767, abs=1e-3)
    assert measured.odds == ": 77% of such runs failed (measured)"
    assert assessment(0.2, layers=8, edge=4.0).odds == ""


def test_a_small_batch_explains_a_rate_that_would_do_with_a_usual_one() -> None:
    """The noise of a batch of 4 is √(256 / 4) = 8 times that of 256."""
    small = assessment(0.16, batch=4)
    assert small.at_reference == pytest.approx(0.02)
    assert small.batch_explains
    assert not assessment(0.16, batch=256).batch_explains
    assert assessment(0.16, batch=1024).at_reference == 0.16


def test_what_it_says() -> None:
    assert assessment(0.2).says() == "one layer"
    assert assessment(0.2, layers=3).says() == "median over 3 layers"
    together = assessment(TOO_HIGH * 0.9, layers=16, edge=EDGE)
    assert together.says() == "median over 16 layers, which move together"


def test_the_median_of_no_layers_is_0() -> None:
    assert middle([]) == 0.0
