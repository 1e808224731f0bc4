"""Numbers and names as people and programs can take them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any


def plain(value: Any) -> Any:
    """Return a value in JSON's types: tuples as lists, NaN and infinity as None."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, Mapping):
        return {plain(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool | int):
        return value
    number = value.item() if hasattr(value, "item") else value
    return number if not isinstance(number, float) or math.isfinite(number) else None


def number(value: float | None) -> str:
    """Return a number with four digits, "-" where there is none."""
    return "-" if value is None else f"{value:.4g}"


def shortest(value: float) -> float:
    """Return the shortest number that is the same float32: 0.1, not 0.10000000149."""
    from caffe2torch.layers import code

    return float(code.number(value)) if math.isfinite(value) else value


def size(count: float) -> str:
    """Return a number of bytes, such as 1.5 MiB."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.0f} B" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TiB"


def short(count: float) -> str:
    """Return a large number in thousands, millions or billions, such as 724.4 M."""
    for unit in ("", " k", " M", " G"):
        if abs(count) < 1000:
            return f"{count:.4g}{unit}"
        count /= 1000
    return f"{count:.4g} T"


def times(shape: Sequence[int | str]) -> str:
    """Return a shape as 3×224×224; a single number is "()"."""
    return "×".join(map(str, shape)) or "()"
