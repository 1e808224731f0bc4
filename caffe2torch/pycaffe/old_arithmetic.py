"""How Python 2 divided, rounded, compared and sorted: what rewritten programs compute with."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cmp_to_key
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


def cmp(a: Any, b: Any) -> int:
    """Return -1, 0 or 1 as a is less than, equal to or greater than b."""
    return 0 if a == b else (-1 if compare(a, b, "Lt") else 1)


def ordered(
    items: Iterable[Any],
    cmp: Callable[[Any, Any], int] | None = None,
    key: Callable[[Any], Any] | None = None,
    reverse: bool = False,
) -> list[Any]:
    """Return sorted(items, cmp, key, reverse) of Python 2, which ordered values of all types."""
    values = list(items)
    if cmp is None:
        try:
            return sorted(values, key=key, reverse=reverse)
        except TypeError:
            cmp = globals()["cmp"]
    place = cmp_to_key(cmp)
    return sorted(values, key=lambda x: place(key(x) if key else x), reverse=reverse)


def sort(owner: Any, *args: Any, **named: Any) -> Any:
    """owner.sort(*args), by `ordered` if it is a list."""
    if not isinstance(owner, list):
        return owner.sort(*args, **named)
    owner[:] = ordered(owner, *args, **named)
    return None
