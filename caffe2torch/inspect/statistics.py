"""Mean, spread and range of an array of any size, and whether all of it is finite."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from math import inf, isfinite, sqrt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 1 << 17  # values at a time: what is computed from them stays in the cache


@dataclass
class Statistics:
    """Of the finite values of an array; None where there are none.

    count: values in all; nan, inf: how many of them are not finite
    std:   the population's, as numpy's
    """

    count: int = 0
    mean: float | None = None
    std: float | None = None
    min: float | None = None
    max: float | None = None
    nan: int = 0
    inf: int = 0

    @property
    def fault(self) -> str:
        """What is not finite, in words; "" if all is."""
        parts = [f"{n:,} {what}" for n, what in ((self.nan, "NaN"), (self.inf, "infinite")) if n]
        return ", ".join(parts)

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """Mean, std, min, max for a table."""
        from caffe2torch.inspect.values import number

        return number(self.mean), number(self.std), number(self.min), number(self.max)

    @property
    def data(self) -> dict[str, Any]:
        return asdict(self)


def statistics(array: NDArray[Any]) -> Statistics:
    """Return the statistics of an array of any shape, read once, in float64."""
    return gathered([array])


def gathered(arrays: Iterable[NDArray[Any]]) -> Statistics:
    """Return the statistics of several arrays as of one, each read once."""
    import numpy as np

    found, total, squares = Statistics(), 0.0, 0.0
    low, high = inf, -inf
    with np.errstate(all="ignore"):  # of float64, sums and squares can overflow: no std then
        for block in _blocks(arrays):
            finite = np.isfinite(block)
            found.count += block.size
            if not finite.all():
                found.nan += int(np.isnan(block).sum())
                found.inf += int(np.isinf(block).sum())
                block = block[finite]
            if block.size:
                total, squares = total + float(block.sum()), squares + float(block @ block)
                low, high = min(low, float(block.min())), max(high, float(block.max()))
    return _finished(found, total, squares, low, high)


def _blocks(arrays: Iterable[NDArray[Any]]) -> Iterator[NDArray[Any]]:
    for array in arrays:
        flat = array.reshape(-1)
        for at in range(0, flat.size, BLOCK):
            yield flat[at : at + BLOCK].astype("float64")


def _finished(
    found: Statistics, total: float, squares: float, low: float, high: float
) -> Statistics:
    count = found.count - found.nan - found.inf
    if count:
        found.mean, found.min, found.max = total / count, low, high
        variance = squares / count - found.mean * found.mean
        found.std = sqrt(max(variance, 0.0)) if isfinite(variance) else None
    return found
