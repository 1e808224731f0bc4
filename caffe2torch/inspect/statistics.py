"""Mean, deviation and range of arrays of any size, by layer as a table; which are not finite."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from math import inf, isfinite, sqrt
from typing import TYPE_CHECKING, Any

from caffe2torch.inspect.report import Table
from caffe2torch.inspect.values import number, times

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 1 << 17  # values at a time: what is computed from them stays in the cache
Layers = list[dict[str, Any]]
"""Each with "name", "type" and "blobs": a shape and statistics, or None for a shared one."""


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

    out, total, squares = Statistics(), 0.0, 0.0
    low, high = inf, -inf
    with np.errstate(all="ignore"):  # of float64, sums and squares can overflow: no std then
        for block in _blocks(arrays):
            finite = np.isfinite(block)
            out.count += block.size
            if not finite.all():
                out.nan += int(np.isnan(block).sum())
                out.inf += int(np.isinf(block).sum())
                block = block[finite]
            if block.size:
                total, squares = total + float(block.sum()), squares + float(block @ block)
                low, high = min(low, float(block.min())), max(high, float(block.max()))
    return _finished(out, total, squares, low, high)


def _blocks(arrays: Iterable[NDArray[Any]]) -> Iterator[NDArray[Any]]:
    for array in arrays:
        flat = array.reshape(-1)
        for at in range(0, flat.size, BLOCK):
            yield flat[at : at + BLOCK].astype("float64")


def _finished(out: Statistics, total: float, squares: float, low: float, high: float) -> Statistics:
    count = out.count - out.nan - out.inf
    if count:
        out.mean, out.min, out.max = total / count, low, high
        variance = squares / count - out.mean * out.mean
        out.std = sqrt(max(variance, 0.0)) if isfinite(variance) else None
    return out


def table(layers: Layers) -> Table:
    """One row a blob; the layer's name and type stand in its first row only."""
    rows = []
    for layer in layers:
        for i, blob in enumerate(layer["blobs"]):
            first = (layer["name"], layer["type"]) if i == 0 else ("", "")
            if blob is None:
                rows.append((*first, str(i), "shared", "", "", "", ""))
                continue
            cells = [number(blob[key]) for key in ("mean", "std", "min", "max")]
            rows.append((*first, str(i), times(blob["shape"]), *cells))
    return Table(("layer", "type", "blob", "shape", "mean", "std", "min", "max"), rows, left=4)


def faults(layers: Layers) -> list[str]:
    """One line for each blob with numbers that are not finite."""
    lines = []
    for layer in layers:
        for i, blob in enumerate(layer["blobs"]):
            if blob and (blob["nan"] or blob["inf"]):
                what = f"{blob['nan']:,} NaN and {blob['inf']:,} infinite"
                lines.append(f"layer {layer['name']!r}, blob {i}: {what} of {blob['count']:,}")
    return lines
