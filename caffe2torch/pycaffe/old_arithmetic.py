"""How Python 2 divided, rounded and compared: what rewritten programs of that time compute with."""

from __future__ import annotations

import operator
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

import numpy as np


def divide(a: Any, b: Any) -> Any:
    """Return a / b of Python 2: whole numbers, and arrays of them, give the floor."""
    return a // b if _whole(a) and _whole(b) else a / b


class Divisor:
    """What `a /= Divisor(b)` divides by, in place where `a` is an array."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __rtruediv__(self, a: Any) -> Any:
        return divide(a, self.value)

    def __array_ufunc__(self, _ufunc: Any, _method: str, a: Any, *_: Any, **options: Any) -> Any:
        both = _whole(a) and _whole(self.value)
        return (np.floor_divide if both else np.true_divide)(a, self.value, **options)


def _whole(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "iub"
    return isinstance(value, (int, np.integer))


def round_half_up(number: Any, digits: int = 0) -> float:
    """Return round(number, digits) of Python 2: a float, exact halves away from 0."""
    exact = Decimal(float(number))
    if not exact.is_finite():
        return float(number)
    place = Decimal(1).scaleb(-int(digits))
    return float(exact.quantize(place, ROUND_HALF_UP, Context(prec=800)))


COMPARISONS = {"Lt": operator.lt, "LtE": operator.le, "Gt": operator.gt, "GtE": operator.ge}


def compare(a: Any, b: Any, how: str) -> Any:
    """Return a < b and the like: None is less than numbers, those than all else, by type.

    how: a key of COMPARISONS. Raises: TypeError for two of one type that cannot be ordered.
    """
    try:
        return COMPARISONS[how](a, b)
    except TypeError:
        if type(a) is type(b) or isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
            raise
        return COMPARISONS[how](_rank(a), _rank(b))


def _rank(value: Any) -> tuple[int, str]:
    if value is None:
        return 0, ""
    if isinstance(value, (int, float, np.number)):
        return 1, ""
    return 2, type(value).__name__
