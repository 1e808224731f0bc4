"""Arithmetic that all policies share, and the problems that several of them have."""

from __future__ import annotations

import math

import pytest

from caffe2torch.config.policies.base import (
    Policy,
    f32,
    gamma_negative,
    raised,
    silent,
    stepsize_missing,
)


def test_rates_are_float32() -> None:
    assert f32(0.1) == 0.100000001490116119384765625  # the float32 nearest to 0.1
    assert f32(2**24 + 1) == 2**24  # an iteration that a float32 cannot hold
    assert f32(1e39) == math.inf


@pytest.mark.parametrize(
    ("base", "exponent", "power"),
    [
        (0.5, 3, 0.125),
        (-2.0, 3, -8.0),
        (-2.0, 0.5, math.nan),  # Python gives a complex number
        (0.0, -1, math.inf),  # Python raises ZeroDivisionError
        (2.0, 5000, math.inf),  # Python raises OverflowError
        (-2.0, 5001, -math.inf),
        (-0.0, -1, -math.inf),
        (-0.0, -2, math.inf),
        (0.0, 0, 1.0),
    ],
)
def test_powers_are_those_of_c(base: float, exponent: float, power: float) -> None:
    assert raised(base, exponent) == pytest.approx(power, nan_ok=True)


def test_problems_name_field_value_and_remedy() -> None:
    assert list(gamma_negative(0.0)) == [] and list(stepsize_missing(1)) == []
    ((field, what, hint),) = gamma_negative(-0.5)
    assert (field, what) == ("gamma", "gamma is -0.5, below 0") and "0.1" in hint
    for stepsize in (0, -3):
        ((field, what, _),) = stepsize_missing(stepsize)
        assert (field, what) == ("stepsize", f"stepsize is {stepsize}, but must be above 0")


def test_a_policy_has_no_problems_unless_it_says_so_and_announces_nothing() -> None:
    policy = Policy(base_lr=0.5)
    assert list(policy.problems()) == [] and policy.announce is silent
    with pytest.raises(NotImplementedError):
        policy.rate(0)
