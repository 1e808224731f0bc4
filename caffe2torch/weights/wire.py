"""Walks protobuf's wire format in a file, field by field, without reading it whole.

protobuf itself refuses more than 2 GB and would hold a file twice; here the headers are read and
the numbers go from the file straight into their arrays.

Source: the encoding as documented by Protocol Buffers
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, NoReturn

import numpy as np
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from numpy.typing import NDArray

from caffe2torch import inputs
from caffe2torch.errors import WeightsError
from caffe2torch.format import strings
from caffe2torch.format.schema import is_repeated, is_text, other_format

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_LONGEST_HEAD = 20  # a tag and a length, each a varint of at most ten bytes
END = 1 << 12  # bytes at either end by which text is told from protobuf


@dataclass(frozen=True, slots=True)
class Item:
    """One field: its number, wire type, the place of its content, and its value if a varint."""

    number: int
    wire: int
    start: int
    end: int
    value: int = 0


@dataclass
class Wire:
    """An open file. `kind` is what errors say was expected, such as "caffemodel"."""

    file: BinaryIO
    name: str
    kind: str
    size: int

    def items(self, start: int = 0, end: int | None = None) -> Iterator[Item]:
        """Yield the fields between two offsets of the file; raises WeightsError on damage."""
        at, end = start, self.size if end is None else end
        while at < end:
            item = self._item(at, end)
            yield item
            at = item.end

    def message(
        self, message: type[Message], start: int = 0, end: int | None = None
    ) -> Iterator[tuple[str, Item]]:
        """Yield the fields that a message type knows, by name; raises WeightsError if a field
        has another wire type, which means that this is another message.
        """
        known = message.DESCRIPTOR.fields_by_number
        for item in self.items(start, end):
            field = known.get(item.number)
            if field is None:
                continue
            if item.wire not in wire_types(field):
                self.fail(f"field {item.number} at byte {item.start} is no {field.full_name}")
            yield field.name, item

    def _item(self, at: int, end: int) -> Item:
        self.file.seek(at)
        head = self.file.read(min(_LONGEST_HEAD, end - at))
        tag, used = self._varint(head, 0, at)
        number, wire = tag >> 3, tag & 7
        if number == 0 or number >= 1 << 29:
            self.fail(f"no field begins at byte {at}")
        value = 0
        if wire == VARINT:
            value, stop = self._varint(head, used, at)
            length = stop - used
        elif wire == BYTES:
            length, used = self._varint(head, used, at)
        elif wire in (FIXED32, FIXED64):
            length = 4 if wire == FIXED32 else 8
        else:
            self.fail(f"wire type {wire} at byte {at}")
        start = at + used
        if start + length > end:
            self.fail(f"the field at byte {at} has {length} bytes, only {end - start} are left")
        return Item(number, wire, start, start + length, value)

    def _varint(self, head: bytes, at: int, offset: int) -> tuple[int, int]:
        """Return the number at head[at:] and the index behind it."""
        value = 0
        for i in range(at, min(len(head), at + 10)):
            value |= (head[i] & 127) << 7 * (i - at)
            if head[i] < 128:
                return value & (1 << 64) - 1, i + 1
        return self.fail(f"the number at byte {offset} does not end")

    def bytes(self, item: Item) -> bytes:
        """Return the content of a field."""
        self.file.seek(item.start)
        return self.file.read(item.end - item.start)

    def text(self, item: Item) -> str:
        """Return the content of a string field, of whatever bytes; see `format.strings`."""
        return strings.decoded(self.bytes(item))

    def numbers(self, items: list[Item], dtype: str) -> NDArray[np.generic]:
        """Read one or more packed runs of fixed-size numbers into one array."""
        width = np.dtype(dtype).itemsize
        for item in items:
            if (item.end - item.start) % width:
                self.fail(f"{item.end - item.start} bytes at {item.start} are no {dtype} numbers")
        out = np.empty(sum(i.end - i.start for i in items) // width, dtype)
        view, at = out.data.cast("B"), 0
        for item in items:
            self.file.seek(item.start)
            stop = at + item.end - item.start
            while at < stop:  # one call reads at most 2 GB
                count = self.file.readinto(view[at:stop])  # type: ignore[attr-defined]
                if not count:
                    self.fail("the file became shorter while it was read")
                at += count
        return out

    def fail(self, what: str) -> NoReturn:
        """Raise WeightsError for bytes that do not fit."""
        raise WeightsError(
            f"{self.name} is no whole {self.kind}: {what}",
            hint="the file is damaged, cut short, or of another kind; fetch or write it again",
        )


def wire_types(field: Any) -> tuple[int, ...]:
    """Return the wire types that a field may have: its own, and packed if it is repeated."""
    if field.type in (FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FIXED64):
        single = FIXED64
    elif field.type in (FieldDescriptor.TYPE_FLOAT, FieldDescriptor.TYPE_FIXED32):
        single = FIXED32
    elif field.cpp_type in (FieldDescriptor.CPPTYPE_STRING, FieldDescriptor.CPPTYPE_MESSAGE):
        return (BYTES,)
    else:
        single = VARINT
    return (single, BYTES) if is_repeated(field) else (single,)


@contextmanager
def opened(path: str | os.PathLike[str], kind: str) -> Iterator[Wire]:
    """Open a binary file of Caffe's. Raises: WeightsError if it cannot be one."""
    name = os.fspath(path)
    try:
        with inputs.opened(name) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - END, 0))
            end = file.read()
            file.seek(0)
            _check_ends(file.read(END), end, name, kind)
            yield Wire(file, name, kind, size)
    except OSError as error:
        raise WeightsError(f"{name} cannot be read: {error.strerror or error}") from None


def _check_ends(start: bytes, end: bytes, name: str, kind: str) -> None:
    what = other_format(start)
    if not start:
        what = "empty"
    elif not what and is_text(start + end):
        what = "text"
    if what:
        raise WeightsError(f"{name} is {what}, expected a {kind}")


def tag(number: int, wire: int) -> bytes:
    """Return the header of a field."""
    return varint(number << 3 | wire)


def varint(value: int) -> bytes:
    """Return a number in protobuf's variable length; negative ones take ten bytes."""
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def signed(value: int) -> int:
    """Return a varint read as an int32 or int64."""
    return value - (1 << 64) if value >> 63 else value
