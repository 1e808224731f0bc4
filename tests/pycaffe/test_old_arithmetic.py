"""Division, rounding and order of Python 2, against its documented rules."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np
import pytest

from caffe2torch.pycaffe.old_arithmetic import Divisor, compare, divide, round_half_up


@pytest.mark.parametrize(
    ("a", "b", "quotient"),
    [
        (7, 2, 3), (-7, 2, -4), (7, -2, -4), (True, 2, 0), (7, 2.0, 3.5), (7.0, 2, 3.5),
        (np.int64(7), 2, 3), (7, np.uint8(2), 3), (np.float32(7), 2, 3.5),
    ],
)  # fmt: skip
def test_division(a: Any, b: Any, quotient: float) -> None:
    assert divide(a, b) == quotient
    assert operator.itruediv(a, Divisor(b)) == quotient


def test_division_of_arrays_in_place_and_beside() -> None:
    whole, broken = np.array([7, -7]), np.array([7.0, -7.0])
    assert divide(whole, 2).tolist() == [3, -4] and divide(broken, 2).tolist() == [3.5, -3.5]
    assert divide(whole, np.array([2, 2])).tolist() == [3, -4]
    before = whole, broken
    whole /= Divisor(2)
    broken /= Divisor(2)
    assert (whole.tolist(), broken.tolist()) == ([3, -4], [3.5, -3.5])
    assert before[0] is whole and before[1] is broken


@pytest.mark.parametrize(
    ("number", "digits", "value"),
    [
        (0.5, 0, 1.0), (1.5, 0, 2.0), (2.5, 0, 3.0), (-2.5, 0, -3.0), (2.4, 0, 2.0),
        (2.675, 2, 2.67), (0.125, 2, 0.13), (15, -1, 20.0), (1e300, 0, 1e300),
    ],
)  # fmt: skip
def test_rounding(number: float, digits: int, value: float) -> None:
    assert round_half_up(number, digits) == value
    assert type(round_half_up(number, digits)) is float


def test_rounding_leaves_what_is_not_finite() -> None:
    assert round_half_up(math.inf) == math.inf and math.isnan(round_half_up(math.nan))


def test_order_of_types() -> None:
    assert compare(None, -1e9, "Lt") and compare(3, "a", "Lt") and compare(len, 0, "Gt")
    assert compare({}, [], "Lt")  # by the names of their types
    assert compare(1, 2, "LtE") and not compare(1, 2, "GtE")
    assert compare(np.array([1, 3]), 2, "Gt").tolist() == [False, True]
    for a, b in ((1j, 2j), ({}, {})):
        with pytest.raises(TypeError):
            compare(a, b, "Lt")
