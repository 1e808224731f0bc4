"""One record of a database: read out of its bytes, its pixels as an array, and its label.

The fields of a Datum are sliced out of the record, so that no pixel is copied or looped over.

Source: Caffe src/caffe/proto/caffe.proto, message Datum; the protobuf encoding's wire format;
        src/caffe/data_transformer.cpp, Transform(const Datum&) and InferBlobShape
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any, cast

from caffe2torch.data.images import Flag, decode_image
from caffe2torch.data.sources.base import Buffer
from caffe2torch.errors import DataError, ShapeError, shape_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Tags of the fields: number and wire type in one byte.
_NUMBERS = {0x08: "channels", 0x10: "height", 0x18: "width", 0x28: "label"}

_DATA, _FLOAT, _FLOATS_PACKED, _ENCODED = 0x22, 0x35, 0x32, 0x38


@dataclass
class Datum:
    """One record: its own shape, its label, and either bytes or floats.

    data:    raw pixels in (C, H, W) order, or an encoded image; a view into the record
    floats:  runs of float_data, each (n,) float32
    """

    channels: int = 0
    height: int = 0
    width: int = 0
    label: int = 0
    encoded: bool = False
    data: Buffer = b""
    floats: list[NDArray[np.float32]] = field(default_factory=list)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, H, W) as the record states it; an encoded record need not."""
        return self.channels, self.height, self.width


def decode(
    record: Buffer, force_color: bool = False, force_gray: bool = False
) -> tuple[NDArray[Any], int]:
    """Decode a serialised Datum to its pixels (C, H, W), uint8 or float32, and its label.

    Raises: DataError if the record is no Datum, or holds fewer pixels than its shape says.
    """
    datum = parse(record)
    return pixels(datum, force_color, force_gray), datum.label


def pixels(
    datum: Datum, force_color: bool = False, force_gray: bool = False, planes: bool = True
) -> NDArray[Any]:
    """Return the pixels of a Datum, (C, H, W): encoded or raw uint8, else float_data in float32.

    force_color, force_gray: of transform_param; they count for encoded records only, whose
        colours come in blue, green, red order. A raw result is a view into the record.
    planes: as for `decode_image`
    """
    if datum.encoded:
        return decode_image(datum.data, flag(force_color, force_gray), planes)
    return raw(datum)


def flag(force_color: bool, force_gray: bool) -> Flag:
    """Choose how an encoded record is decoded. Raises ShapeError if both are set."""
    if force_color and force_gray:
        raise ShapeError(
            "force_color and force_gray are both set, and the images are encoded",
            field="transform_param.force_gray",
            hint="keep one of them",
        )
    return "color" if force_color else "gray" if force_gray else "unchanged"


def raw(datum: Datum) -> NDArray[Any]:
    """View the pixels of a Datum that is not encoded.

    As in Caffe bytes win over float_data, and what lies beyond C * H * W values is not read.
    """
    import numpy as np

    if min(datum.shape) <= 0:
        raise DataError(f"states the shape {shape_text(datum.shape)}; all three must be positive")
    count = prod(datum.shape)
    if len(datum.data) == count:
        exact: NDArray[np.uint8] = np.ndarray(datum.shape, np.uint8, datum.data)
        return exact
    if len(datum.data):
        flat: NDArray[Any] = np.frombuffer(datum.data, np.uint8)
    else:
        flat = datum.floats[0] if len(datum.floats) == 1 else _joined(datum)
    if flat.size < count:
        what = "bytes" if len(datum.data) else "floats"
        raise DataError(
            f"holds {flat.size} {what}, but its shape {shape_text(datum.shape)} needs {count}",
            hint="if the bytes are a JPEG or PNG, the record must say encoded: true",
        )
    return flat[:count].reshape(datum.shape)


def _joined(datum: Datum) -> NDArray[Any]:
    import numpy as np

    return np.concatenate([np.empty(0, np.float32), *datum.floats])


def parse(record: Buffer) -> Datum:
    """Read the fields of a serialised Datum; unknown fields are skipped.

    Raises: DataError if the bytes are not a Datum.
    """
    datum = Datum()
    at = 0
    try:
        while at < len(record):
            at = _field(record, at, datum)
    except IndexError:
        raise DataError(f"is not a Datum: it is cut off after {len(record)} bytes") from None
    if not datum.channels and not datum.encoded and record[:1] == b"\n":
        raise DataError(
            "is an AnnotatedDatum, an image with boxes, and no Datum",
            hint="read it with a layer of type AnnotatedData",
        )
    return datum


SMALL = 1 << 14
"""Bytes of a record up to which copying it costs less than handling it by itself."""


class Reader:
    """Parses records that are mostly alike but for their pixels: what a tool wrote in one run.

    The bytes before and after the pixels of raw records are looked up instead of parsed again.
    """

    TAILS = 10_000  # as many classes; beyond them each tail is parsed

    def __init__(self) -> None:
        self._head = b"\xff"  # no Datum begins like this
        self._shape = (0, 0, 0)
        self._end = 0
        self._labels: dict[bytes, int] = {}

    def parse(self, record: Buffer) -> Datum:
        """Read a serialised Datum, as the function `parse` does, with the same errors."""
        head, end = self._head, self._end
        if record[: len(head)] == head:
            label = self._labels.get(bytes(record[end:]))
            if label is not None:
                return Datum(*self._shape, label, False, record[len(head) : end])
        datum = parse(record)
        if not datum.encoded and len(datum.data) == prod(datum.shape) and not datum.floats:
            self._learn(record, datum)
        return datum

    def alike(
        self, records: Sequence[Buffer]
    ) -> tuple[NDArray[np.uint8] | list[NDArray[np.uint8]], list[int]] | None:
        """Return the pixels and labels of raw records of one shape.

        They are one array (N, C, H, W) of small records, and views (C, H, W) into large ones.
        None where the records are anything else, or have labels that have not been seen.
        """
        import numpy as np

        head, end, size = self._head, self._end, len(records[0])
        if size < end or any(len(record) != size for record in records):
            return None
        if size > SMALL:
            return self._views(records)
        table = np.frombuffer(b"".join(records), np.uint8).reshape(len(records), size)
        if (table[:, : len(head)] != np.frombuffer(head, np.uint8)).any():
            return None
        tails, step = table[:, end:].tobytes(), size - end
        labels = [self._labels.get(tails[i * step : (i + 1) * step]) for i in range(len(records))]
        if None in labels:
            return None
        pixels = table[:, len(head) : end].reshape(len(records), *self._shape)
        return pixels, cast(list[int], labels)

    def _views(self, records: Sequence[Buffer]) -> tuple[list[NDArray[np.uint8]], list[int]] | None:
        import numpy as np

        head, start, end = self._head, len(self._head), self._end
        labels = [self._labels.get(bytes(record[end:])) for record in records]
        if None in labels or any(record[:start] != head for record in records):
            return None
        pixels = [np.ndarray(self._shape, np.uint8, record, start) for record in records]
        return pixels, cast(list[int], labels)

    def _learn(self, record: Buffer, datum: Datum) -> None:
        """Remember the bytes round the pixels, if they are where all tools write them."""
        numbers = _head_of(datum)
        if bytes(record[: len(numbers)]) != numbers:
            return
        if numbers != self._head:
            self._head, self._shape = numbers, datum.shape
            self._end = len(numbers) + len(datum.data)
            self._labels = {}
        if len(self._labels) < self.TAILS:
            self._labels[bytes(record[self._end :])] = datum.label


def _head_of(datum: Datum) -> bytes:
    """Return the bytes that go before the pixels of a raw Datum: shape, tag and length."""
    numbers = (0x08, datum.channels), (0x10, datum.height), (0x18, datum.width)
    fields = b"".join(bytes([tag]) + _as_varint(value) for tag, value in numbers)
    return fields + bytes([_DATA]) + _as_varint(len(datum.data))


def _as_varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _field(record: Buffer, at: int, datum: Datum) -> int:
    """Read the field that starts at `at` into `datum`; return where the next one starts."""
    tag, value_at = _varint(record, at)
    if tag == _FLOAT:
        return _float_run(record, value_at - 1, datum)
    if tag in (_DATA, _FLOATS_PACKED):
        chunk, end = _chunk(record, value_at)
        if tag == _DATA:
            datum.data = chunk
        else:
            datum.floats.append(_packed(chunk))
        return end
    if tag == _ENCODED or tag in _NUMBERS:
        value, end = _varint(record, value_at)
        if tag == _ENCODED:
            datum.encoded = bool(value)
        else:
            setattr(datum, _NUMBERS[tag], _int32(value))
        return end
    return _skip(record, tag, value_at)


def _varint(record: Buffer, at: int) -> tuple[int, int]:
    value = shift = 0
    while record[at] & 0x80:
        value |= (record[at] & 0x7F) << shift
        shift += 7
        at += 1
        if shift > 63:
            raise DataError("is not a Datum: it holds a number of more than 64 bits")
    return value | record[at] << shift, at + 1


def _int32(value: int) -> int:
    value &= 0xFFFFFFFF
    return value - (1 << 32) if value >> 31 else value


def _chunk(record: Buffer, at: int) -> tuple[Buffer, int]:
    size, at = _varint(record, at)
    if at + size > len(record):
        raise IndexError
    return record[at : at + size], at + size


def _packed(chunk: Buffer) -> NDArray[np.float32]:
    import numpy as np

    if len(chunk) % 4:
        raise DataError(f"is not a Datum: {len(chunk)} bytes of float_data are no whole floats")
    return np.frombuffer(chunk, "<f4").astype(np.float32, copy=False)


def _float_run(record: Buffer, at: int, datum: Datum) -> int:
    """Read consecutive float_data entries, a tag byte and four bytes each, in one go.

    at: of the byte before the first value, which `_field` knows to end a tag.
    """
    import numpy as np

    entry = np.dtype({"names": ["tag", "value"], "formats": ["u1", "<f4"], "offsets": [0, 1]})
    count = (len(record) - at) // entry.itemsize
    run = np.frombuffer(record, entry, count, at)
    other = np.flatnonzero(run["tag"][1:] != _FLOAT)
    if other.size:
        run = run[: other[0] + 1]
    if not run.size:
        raise IndexError
    datum.floats.append(run["value"].astype(np.float32))
    return at + run.size * entry.itemsize


def _skip(record: Buffer, tag: int, at: int) -> int:
    """Step over a field that Datum does not have."""
    kind = tag & 7
    if tag >> 3 == 0 or kind in (3, 4, 6, 7):
        raise DataError(f"is not a Datum: byte {at - 1} starts no field")
    if kind == 0:
        return _varint(record, at)[1]
    if kind == 2:
        return _chunk(record, at)[1]
    at += 8 if kind == 1 else 4
    if at > len(record):
        raise IndexError
    return at
