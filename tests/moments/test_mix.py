"""A rectified number plus a normal one: how often it is positive, and what a ReLU makes of it."""

from __future__ import annotations

from math import pi, sqrt

import numpy as np
import pytest

from caffe2torch.moments.activation import rectifier
from caffe2torch.moments.mix import Mix

EVEN = Mix((1 / sqrt(2 * pi), 1.5 - 1 / (2 * pi)), (0.0, 1.0), (0.0, 1.0))
"""max(u, 0) + f of standard normal u and f."""


def test_how_often_the_sum_is_positive() -> None:
    """u and u + f have correlation 1/√2: both are positive in 1/4 + 1/8 of the cases."""
    assert EVEN.kept_again == pytest.approx(0.75, abs=0.01)
    assert EVEN.kept == pytest.approx(0.625, abs=0.002)


def test_matched_numbers_have_the_same_moments_behind_a_relu() -> None:
    mean, var = EVEN.matched()
    normal = (mean, var)
    second = float(rectifier().dual(normal, normal, np.array(var)))
    assert second == pytest.approx(1 / 4 + 2 * (3 / 8 + 1 / (4 * pi)), rel=0.01)
    draws = np.random.default_rng(0).standard_normal((2, 400_000))
    real = np.maximum(np.maximum(draws[0], 0) + draws[1], 0)
    assert rectifier().mean(mean, var) == pytest.approx(real.mean(), rel=0.01)
    assert second == pytest.approx((real**2).mean(), rel=0.01)


def test_a_sum_that_is_always_positive() -> None:
    lifted = Mix((10.0, 1.0), (0.0, 1.0), (10.0, 0.0))
    assert lifted.kept == pytest.approx(1.0)
    assert lifted.kept_again == pytest.approx(1.0)


def test_a_sum_that_is_never_positive() -> None:
    sunken = Mix((-10.0, 1.0), (-10.0, 1e-9), (-10.0, 0.0))
    assert sunken.kept == pytest.approx(0.0)
    assert sunken.kept_again == 0.0  # u is never positive, and nothing is divided by 0


def test_a_constant_sum_is_matched_by_itself() -> None:
    constant = Mix((3.0, 0.0), (1.0, 0.0), (2.0, 0.0))
    assert constant.matched() == (3.0, 0.0)
