"""Reads the records of a database one by one: how they are stored, shaped and labelled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from caffe2torch.data import annotated, boxed, datum
from caffe2torch.data.datum import Datum, parse
from caffe2torch.data.faults import at_record
from caffe2torch.data.sources.base import Buffer
from caffe2torch.data.stats import stretches
from caffe2torch.errors import C2TError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from caffe2torch.data.sources import Source

SAMPLE, DECODED, TILES = 20_000, 200, 64
"""Records whose labels are read without --all, images that are decoded, records in a picture."""


@dataclass
class Records:
    """What was found.

    count, read: records in all, and those that were looked at
    record:      "Datum", "AnnotatedDatum" (SSD), or "unknown"
    shapes:      (C, H, W) -> how often, of the raw records and of the images that were decoded
    labels:      label -> how often; of boxes, in an AnnotatedDatum
    """

    count: int
    ends: tuple[bytes, bytes]
    record: str = "Datum"
    read: int = 0
    encoded: int = 0
    floats: int = 0
    shapes: Counter[tuple[int, ...]] = field(default_factory=Counter)
    labels: Counter[int] = field(default_factory=Counter)

    @property
    def storage(self) -> str:
        """How the pixels are stored."""
        kinds = {
            "encoded images": self.encoded,
            "raw floats": self.floats,
            "raw bytes": self.read - self.encoded - self.floats,
        }
        named = [f"{kind} ({n:,})" for kind, n in kinds.items() if n]
        return " and ".join(named) if len(named) > 1 else named[0].partition(" (")[0]

    @property
    def drawable(self) -> bool:
        return self.record != "unknown"

    @property
    def data(self) -> dict[str, Any]:
        return {
            "records": self.count,
            "read": self.read,
            "record": self.record,
            "encoded": self.encoded,
            "floats": self.floats,
            "shapes": [{"shape": s, "records": n} for s, n in self.shapes.most_common()],
            "labels": {str(label): n for label, n in sorted(self.labels.items())},
            "first_key": self.ends[0].decode("utf-8", "backslashreplace"),
            "last_key": self.ends[1].decode("utf-8", "backslashreplace"),
        }


def read(source: Source, everything: bool) -> Records:
    """Look at SAMPLE records spread over the database, or at all of them.

    Raises: DataError naming the record that is damaged.
    """
    cursor = source.cursor()
    first = cursor.key
    record = kind(cursor.value)
    cursor.last()
    records = Records(len(source), (first, cursor.key), record)
    every = max(1, min(records.count, records.count if everything else SAMPLE) // DECODED)
    for key, value in _taken(source, everything):
        with at_record(source.path, key):
            _add(records, value, records.read % every == 0)
    return records


def _taken(source: Source, everything: bool) -> Iterator[tuple[bytes, Buffer]]:
    limit = len(source) if everything else SAMPLE
    return ((key, value) for _, key, value in stretches(source, limit))


def kind(value: Buffer) -> str:
    """Say which message a record is: "Datum", "AnnotatedDatum" or "unknown"."""
    try:
        if not boxed.is_boxed(value):
            plain = parse(value)
            has_pixels = plain.encoded or len(plain.data) or plain.floats
            return "Datum" if has_pixels else "unknown"
        inner = parse(boxed.plain(value))
    except C2TError:
        return "unknown"
    return "AnnotatedDatum" if inner.encoded or len(inner.data) else "unknown"


def _add(records: Records, value: Buffer, decode: bool) -> None:
    records.read += 1
    if records.record == "unknown":
        return
    if records.record == "AnnotatedDatum":
        message = boxed.message(value)
        one = parse(message.datum.SerializeToString())
        boxes = {g.group_label: len(g.annotation) for g in message.annotation_group}
        records.labels.update(boxes)
    else:
        one = parse(value)
        records.labels[one.label] += 1
    records.encoded += one.encoded
    records.floats += bool(one.floats) and not len(one.data)
    if not one.encoded or decode:
        records.shapes[_shape(one)] += 1


def _shape(one: Datum) -> tuple[int, ...]:
    return tuple(datum.pixels(one).shape) if one.encoded else tuple(datum.raw(one).shape)


def pictures(source: Source) -> tuple[list[NDArray[Any]], list[str]]:
    """Return up to TILES images (C, H, W) uint8 spread over the database, and their labels."""
    import numpy as np

    from caffe2torch import caffe_pb2 as pb
    from caffe2torch.inspect.picture import stretched

    images, words = [], []
    record = kind(source.cursor().value)
    for _, key, value in stretches(source, TILES):
        with at_record(source.path, key):
            if record == "AnnotatedDatum":
                item = annotated.read(value, pb.TransformationParameter())
                image, word = item.pixels, f"{len(item.boxes)} boxes"
            else:
                image, label = datum.decode(value)
                word = str(label)
        pixels = image if str(image.dtype) == "uint8" else stretched(image)[0]
        # A copy: raw pixels are a view into the database, which will be closed.
        images.append(np.array(pixels if len(pixels) in (3, 4) else pixels[:1]))
        words.append(word)
    return images, words
