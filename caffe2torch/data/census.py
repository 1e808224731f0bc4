"""Reads a whole database: what its records hold, which are broken, which are there twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from caffe2torch.data import boxed, datum
from caffe2torch.data.sources import Source
from caffe2torch.data.sources.base import walk
from caffe2torch.errors import C2TError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from caffe2torch import caffe_pb2 as pb

LEVELS = 256
NAMED = 20  # keys kept of each kind of fault


@dataclass
class Channels:
    """Sums over the pixels of records with one number of channels, in float64.

    count:      pixels a channel
    sums, squares, low, high: a value a channel (C,)
    histograms: (C, 256) counts of uint8 values; zeros for float data
    """

    count: int
    sums: NDArray[np.float64]
    squares: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    histograms: NDArray[np.int64]

    @property
    def mean(self) -> NDArray[np.float64]:
        """Mean of each channel (C,)."""
        return self.sums / self.count

    @property
    def std(self) -> NDArray[np.float64]:
        """Standard deviation of each channel (C,), over all pixels of all records."""
        import numpy as np

        variance: NDArray[np.float64] = np.maximum(self.squares / self.count - self.mean**2, 0)
        return np.sqrt(variance)


@dataclass
class Census:
    """What a database holds.

    shapes:     shape of the pixels, decoded -> how often
    labels:     label -> how often; of boxes, where records have some
    channels:   number of channels -> sums over the pixels
    faults:     (key, what is wrong) of records that cannot be read or hold NaN or infinity
    duplicates: (key, key of the first one with the same pixels)
    annotated:  records with boxes (AnnotatedDatum); boxes: how many those have
    outside:    (key, box) of the first box of a record that is not inside of the image
    runs:       stretches of equal labels; shuffled records have about as many as there are records
    """

    path: str
    count: int = 0
    encoded: int = 0
    shapes: Counter[tuple[int, ...]] = field(default_factory=Counter)
    first_of_shape: dict[tuple[int, ...], str] = field(default_factory=dict)
    labels: Counter[int] = field(default_factory=Counter)
    channels: dict[int, Channels] = field(default_factory=dict)
    faults: list[tuple[str, str]] = field(default_factory=list)
    duplicates: list[tuple[str, str]] = field(default_factory=list)
    runs: int = 0
    annotated: int = 0
    boxes: int = 0
    outside: list[tuple[str, str]] = field(default_factory=list)

    @property
    def mean_run(self) -> float:
        """Mean length of a run of equal labels."""
        return sum(self.labels.values()) / self.runs if self.runs else 0.0

    @property
    def sorted_by_label(self) -> bool:
        """Whether each label comes in one stretch: then no batch is mixed."""
        return len(self.labels) > 1 and self.runs == len(self.labels) < self.count


def take_census(
    source: Source, progress: Callable[[int], None] = lambda _done: None, pixels: bool = True
) -> Census:
    """Read every record once.

    pixels: decode them too: shapes, channels and duplicates; without, only what is stored
    """
    census = Census(source.path)
    seen: dict[bytes, str] = {}
    before: int | None = None
    for key, value in walk(source):
        census.count += 1
        name = key.decode(errors="backslashreplace")
        try:
            record = datum.parse(boxed.plain(value))
            image = datum.pixels(record)
        except C2TError as error:
            census.faults.append((name, error.message))
            continue
        finally:
            progress(census.count)
        census.encoded += record.encoded
        if boxed.is_boxed(value):
            _add_boxes(census, name, boxed.message(value))
        else:
            census.labels[record.label] += 1
            census.runs += record.label != before
            before = record.label
        census.shapes[image.shape] += 1
        census.first_of_shape.setdefault(image.shape, name)
        if pixels:
            _add_pixels(census, name, image, seen)
        elif image.dtype.kind == "f":
            _finite(census, name, image)
    return census


def _add_boxes(census: Census, name: str, record: pb.AnnotatedDatum) -> None:
    labels = [label for label, _ in boxed.boxes(record)]
    census.annotated += 1
    census.boxes += len(labels)
    census.labels.update(labels)
    if fault := boxed.fault(record):
        census.outside.append((name, fault))


def _finite(census: Census, name: str, image: NDArray[Any]) -> bool:
    import numpy as np

    wild = int(np.count_nonzero(~np.isfinite(image)))
    if wild:
        census.faults.append((name, f"holds {wild:,} values that are NaN or infinite"))
    return not wild


def _add_pixels(census: Census, name: str, image: NDArray[Any], seen: dict[bytes, str]) -> None:
    import numpy as np

    digest = blake2b(np.ascontiguousarray(image).data, digest_size=12).digest()
    if digest in seen:
        census.duplicates.append((name, seen[digest]))
    seen.setdefault(digest, name)
    if image.dtype.kind == "f" and not _finite(census, name, image):
        return
    flat = image.reshape(len(image), -1)
    bins = np.zeros((len(flat), LEVELS), np.int64)
    if image.dtype == np.uint8:
        bins = np.stack([_histogram(plane) for plane in image])
        levels = np.arange(LEVELS, dtype=np.float64)
        sums, squares = bins @ levels, bins @ levels**2
    else:
        wide = flat.astype(np.float64)
        sums, squares = wide.sum(1), (wide * wide).sum(1)
    new = Channels(
        flat.shape[1], sums, squares, flat.min(1).astype(float), flat.max(1).astype(float), bins
    )
    old = census.channels.get(len(flat))
    census.channels[len(flat)] = _joined(old, new) if old else new


def _histogram(plane: NDArray[np.uint8]) -> NDArray[np.int64]:
    """How many pixels of a plane (H, W) have each level, as OpenCV counts them: in float32."""
    import cv2
    import numpy as np

    if plane.size > 1 << 24:  # from there on a float32 does not hold every whole number
        return np.bincount(plane.ravel(), minlength=LEVELS)
    counts = cv2.calcHist([np.ascontiguousarray(plane)], [0], None, [LEVELS], [0, LEVELS])
    return counts.ravel().astype(np.int64)


def _joined(a: Channels, b: Channels) -> Channels:
    import numpy as np

    return Channels(
        a.count + b.count, a.sums + b.sums, a.squares + b.squares,
        np.minimum(a.low, b.low), np.maximum(a.high, b.high), a.histograms + b.histograms,
    )  # fmt: skip


def problems(census: Census, classes: int | None = None) -> list[str]:
    """Return what would stop or spoil training, a line each, naming keys.

    classes: how many the net has; labels must lie below. Without, they must not be negative.
    """
    lines = [f'record "{key}": {fault}' for key, fault in census.faults[:NAMED]]
    if len(census.faults) > NAMED:
        lines.append(f"... and {len(census.faults) - NAMED:,} more records at fault")
    if 0 < census.annotated < census.count - len(census.faults):
        lines.append(f"{census.annotated:,} records are AnnotatedDatum, the others Datum")
        return lines
    lines += [f'record "{key}": {fault}' for key, fault in census.outside[:NAMED]]
    if census.outside[NAMED:]:
        lines.append(f"... and {len(census.outside) - NAMED:,} more records with such boxes")
    # boxes of one size of image are rare, and AnnotatedData resizes all
    lines += [] if census.annotated else _shape_problems(census)
    low, what = (1, "boxes") if census.annotated else (0, "records")  # 0 is SSD's background
    for label, count in sorted(census.labels.items()):
        if label < low or (classes is not None and label >= classes):
            wanted = f"{low}..{classes - 1}" if classes is not None else f"{low} or more"
            lines.append(f"label {label} ({count:,} {what}) is not {wanted}")
    return lines


def _shape_problems(census: Census) -> list[str]:
    if len(census.shapes) < 2:
        return []
    common = census.shapes.most_common(1)[0][0]
    others = [shape for shape in census.shapes if shape != common]
    text = "x".join(map(str, common))
    lines = []
    for shape in others[:NAMED]:
        first = census.first_of_shape[shape]
        cure = (
            "set force_color: true or force_gray: true, or store one kind"
            if shape[0] != common[0]
            else "set crop_size, or store images of one size"
        )
        lines.append(
            f"{census.shapes[shape]:,} records of {'x'.join(map(str, shape))} among "
            f'{text}, the first "{first}" → {cure}'
        )
    if len(others) > NAMED:
        lines.append(f"... and {len(others) - NAMED:,} more shapes")
    return lines


def open_any(path: str) -> Source:
    """Open what lies at `path`: an LMDB, a LevelDB, a .tar shard, or all that a pattern matches.

    Raises: DataError if there is nothing of the kind.
    """
    from glob import glob
    from pathlib import Path

    from caffe2torch.data.sources import open_source

    first = next(iter(sorted(glob(path))), path)  # noqa: PTH207 - absolute patterns, too
    return open_source(path, "LEVELDB" if Path(first, "CURRENT").is_file() else "LMDB")
