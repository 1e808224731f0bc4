"""What a sample of a dataset looks like: range, mean and deviation a channel, labels and order.

Records are taken from all over a database without reading its keys one by one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Any

from caffe2torch.data import feeds
from caffe2torch.data.sources.base import Source
from caffe2torch.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from caffe2torch import caffe_pb2 as pb
    from caffe2torch.data.feeds.base import Sample

# Pixels of an image beyond which a grid of them stands for all.
_ENOUGH = 128

# Distinct whole numbers beyond which they are no labels.
_LABELS = 2000

STRETCHES = 8  # runs of neighbouring records in a sample

# Values that are summed at a time: a call of NumPy costs more than a small image's sum.
_TOGETHER = 1 << 18

_DIGITS = re.compile(rb"\d+")


@dataclass
class Targets:
    """What a top behind the first holds, over all values that were read.

    low, high, mean, square: their range, mean and mean square; 0 of none
    labels: value -> how often, while all are whole numbers and few; else empty
    """

    low: float = inf
    high: float = -inf
    mean: float = 0.0
    square: float = 0.0
    labels: dict[int, int] = field(default_factory=dict)


@dataclass
class Stats:
    """Statistics of the records as stored, before transform_param.

    count, sampled: records in all, and records that were read
    shapes:  shape of the pixels -> how often; the first is that of the first record
    dtype:   "uint8" or "float32"
    encoded: whether the pixels are stored as JPEG or PNG
    mean, std, low, high: a value a channel (C,) float64, over all pixels that were read
    labels:  label -> how often; empty if there are none
    runs:    mean length of a run of equal labels; 1 / (1 - 1 / classes) is a good shuffle's
    maps:    whether every pixel has a label, so that `labels` counts pixels
    targets: top -> what it holds, of sources whose tops behind the first hold any values (HDF5)
    """

    count: int
    sampled: int
    shapes: dict[tuple[int, ...], int]
    dtype: str
    encoded: bool
    mean: NDArray[np.float64]
    std: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    labels: dict[int, int] = field(default_factory=dict)
    runs: float = 1.0
    maps: bool = False
    targets: dict[int, Targets] = field(default_factory=dict)

    def labels_of(self, top: int) -> dict[int, int]:
        """The labels in a top, by how often; empty where it holds none, or nobody knows."""
        if top in self.targets:
            return self.targets[top].labels
        return self.labels if top == 1 or not self.targets else {}

    @property
    def channels(self) -> int:
        """Channels of the first record."""
        return int(self.mean.size)


def sample(
    layer: pb.LayerParameter, train: bool, base: str | None = None, *, limit: int = 256
) -> Stats | None:
    """Sample the data of a source layer, up to about `limit` records spread over all of them.

    Returns None for a layer that stores no data (DummyData, MemoryData, Input). Deterministic.
    Raises: DataError for missing or unreadable files; UnsupportedError without a backend.
    """
    if not feeds.known(layer.type):
        return None
    samples = feeds.find(layer.type).samples(layer, train, base, limit)
    if samples is None:
        return None
    gathered = _Gathered()
    for one in samples.taken:
        gathered.add(one)
    return gathered.stats(samples.count)


class _Gathered:
    """Running sums over the records."""

    def __init__(self) -> None:
        self.shapes: Counter[tuple[int, ...]] = Counter()
        self.labels: Counter[int] = Counter()
        self.sampled = self.pixels = self.pairs = self.changes = 0
        self.sums: list[Any] = []
        self._waiting: list[NDArray[np.float64]] = []  # (C, P) each, of one shape
        self.dtype, self.encoded, self.maps = "", False, False
        self.targets: dict[int, _Values] = {}
        self._before: tuple[int, int] | None = None

    def add(self, one: Sample) -> None:
        self.sampled += 1
        self.encoded |= one.encoded
        if one.label is not None:
            self._add_label(one.label, one.stretch)
        if one.map is not None:
            self._add_map(one.map)
        for top, values in enumerate(one.targets, 1):
            self.targets.setdefault(top, _Values()).add(values)
        if one.pixels is not None and one.pixels.size:
            self._add_pixels(one.pixels)

    def _add_label(self, label: int, stretch: int) -> None:
        self.labels[label] += 1
        if self._before is not None and self._before[0] == stretch:
            self.pairs += 1
            self.changes += self._before[1] != label
        self._before = (stretch, label)

    def _add_map(self, labels: NDArray[np.uint8]) -> None:
        import numpy as np

        self.maps = True
        values, counts = np.unique(labels, return_counts=True)
        self.labels.update(dict(zip(values.tolist(), counts.tolist(), strict=True)))

    def _add_pixels(self, pixels: NDArray[Any]) -> None:
        """Add (C, H, W), or a row of another shape as (C, 1, 1)."""
        import numpy as np

        self.shapes[pixels.shape] += 1
        self.dtype = self.dtype or str(pixels.dtype)
        if pixels.ndim == 3:
            step = [max(1, size // _ENOUGH) for size in pixels.shape[1:]]
            pixels = pixels[:, :: step[0], :: step[1]]
        # A copy: the record's memory is void once its database is closed.
        flat = pixels.reshape(len(pixels) if pixels.ndim else 1, -1).astype(np.float64)
        if self._waiting and self._waiting[0].shape != flat.shape:
            self._sum()
        self._waiting.append(flat)
        if len(self._waiting) * flat.size >= _TOGETHER:
            self._sum()

    def _sum(self) -> None:
        """Add the images that wait; of another number of channels than the first, none."""
        import numpy as np

        waiting, self._waiting = self._waiting, []
        if not waiting or (self.sums and len(self.sums[0]) != len(waiting[0])):
            return  # another number of channels: `shapes` shows it
        images = np.stack(waiting)
        squares = (images * images).sum((0, 2))
        new = [images.sum((0, 2)), squares, images.min((0, 2)), images.max((0, 2))]
        ways = (np.add, np.add, np.minimum, np.maximum)
        old = self.sums
        self.sums = [f(*pair) for f, *pair in zip(ways, old, new, strict=True)] if old else new
        self.pixels += images.shape[0] * images.shape[2]

    def stats(self, count: int) -> Stats:
        import numpy as np

        self._sum()
        if not self.sums:
            raise DataError("not one record with pixels was found")
        total, squares, low, high = self.sums
        mean = total / self.pixels
        std = np.sqrt(np.maximum(squares / self.pixels - mean * mean, 0))
        # of all records the mean length itself; a sample's stretches cut runs at both ends
        runs = (self.pairs + 1) / (self.changes + 1)
        return Stats(
            count, self.sampled, dict(self.shapes), self.dtype, self.encoded, mean, std, low, high,
            dict(sorted(self.labels.items())), runs, self.maps,
            {top: values.targets() for top, values in self.targets.items()},
        )  # fmt: skip


class _Values:
    """Running sums over the values of a top behind the first."""

    def __init__(self) -> None:
        self.low, self.high = inf, -inf
        self.count, self.total, self.squares = 0, 0.0, 0.0
        self.labels: Counter[int] | None = Counter()

    def add(self, values: NDArray[Any]) -> None:
        import numpy as np

        flat = values.ravel().astype(np.float64)
        if not flat.size:
            return
        self.low, self.high = min(self.low, float(flat.min())), max(self.high, float(flat.max()))
        self.count += flat.size
        self.total += float(flat.sum())
        self.squares += float((flat * flat).sum())
        if self.labels is None:
            return
        distinct, counts = np.unique(flat, return_counts=True)
        if (distinct == np.round(distinct)).all():
            self.labels.update(
                dict(zip(distinct.astype(int).tolist(), counts.tolist(), strict=True))
            )
        if (distinct != np.round(distinct)).any() or len(self.labels) > _LABELS:
            self.labels = None

    def targets(self) -> Targets:
        if not self.count:
            return Targets(0.0, 0.0)
        labels = dict(sorted((self.labels or {}).items()))
        return Targets(
            self.low, self.high, self.total / self.count, self.squares / self.count, labels
        )


def stretches(source: Source, limit: int) -> Iterator[tuple[int, bytes, bytes | memoryview]]:
    """Yield (stretch, key, record) of about `limit` records, or of all if there are fewer.

    They come in up to eight stretches of neighbours, at keys spread evenly between the first
    and the last, so that what the order of the records is like can be seen too.
    """
    cursor = source.cursor()
    first = cursor.key
    cursor.last()
    last = cursor.key
    whole = len(source) <= limit
    starts = [first] if whole else [between(first, last, i / STRETCHES) for i in range(STRETCHES)]
    length = len(source) if whole else max(1, limit // STRETCHES)
    done = b""
    for stretch, start in enumerate(starts):
        if not cursor.seek(max(start, done)):
            return
        for _ in range(length):
            yield stretch, cursor.key, cursor.value
            if not cursor.step():
                return
        done = cursor.key


def between(first: bytes, last: bytes, share: float) -> bytes:
    """Return a key that lies about `share` of the way from `first` to `last`.

    Keys that start with equally many digits, as Caffe's tools write them, count as numbers.
    """
    low, high = _DIGITS.match(first), _DIGITS.match(last)
    if low and high and len(low[0]) == len(high[0]):
        number = int(low[0]) + round((int(high[0]) - int(low[0])) * share)
        return b"%0*d" % (len(low[0]), number) if share else first
    size = 16
    a, b = (int.from_bytes(key[:size].ljust(size, b"\0"), "big") for key in (first, last))
    return (a + int((b - a) * share)).to_bytes(size, "big") if share else first
