"""What pycaffe's compiled part says of arguments it does not take, as programs may catch it.

Its ArgumentError is a TypeError; what it cannot copy raises RuntimeError.

Source: Caffe python/caffe/_caffe.cpp; Boost.Python's conversions and object_base
"""

from __future__ import annotations

import operator
import os
from typing import Any, NoReturn

INT = range(-(2**31), 2**31)
"""The values of C's int; those of its unsigned int are UNSIGNED."""
UNSIGNED = range(2**32)


def whole(value: Any, name: str, numbers: range = INT) -> int:
    """Return a whole number. Raises: TypeError for any other value; OverflowError beyond `numbers`.

    NumPy's are taken too, as by pycaffe on Python 2, where they are ints; on Python 3 it refuses
    them.
    """
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be a whole number, not {value!r}") from None
    if number not in numbers:
        raise OverflowError(f"{name} must lie from {numbers[0]} to {numbers[-1]}, not at {number}")
    return number


def file_path(value: Any, name: str) -> str:
    """Return the path that text, bytes or a Path tells. Raises: TypeError for any other value."""
    try:
        return os.fsdecode(value)
    except TypeError:
        raise TypeError(f"{name} must be the path of a file, not {value!r}") from None


class Compiled:
    """Base of what is compiled in Caffe: it holds memory that cannot be copied or pickled."""

    def __reduce_ex__(self, _protocol: Any) -> NoReturn:
        raise RuntimeError(
            f"a {type(self).__name__} cannot be copied or pickled: copy its arrays, as by "
            "blob.data.copy(), or save and load its weights"
        )
