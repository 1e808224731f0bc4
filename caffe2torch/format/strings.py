"""Strings of Caffe's files that are not UTF-8, such as names in GBK, without loss.

C++ takes any bytes for a string; Python's protobuf takes UTF-8 only. So a byte that is no UTF-8 is
held as one character of Unicode's private use area, U+EF80 to U+EFFF for 0x80 to 0xFF, and
written as the byte that it was. Such a character in a file is itself held as its three bytes, so
that every string of bytes comes back as it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

_AS_CHARACTER = {0xDC00 + byte: 0xEF00 + byte for byte in range(0x80, 0x100)}
_AS_ESCAPE = {held: escape for escape, held in _AS_CHARACTER.items()}
_HELD = re.compile("[\uef80-\uefff]")
_VARINT, _BYTES = 0, 2
_WIDTHS = {1: 8, 5: 4}


def decoded(data: bytes) -> str:
    """Return bytes as text that protobuf takes."""
    return from_escapes(data.decode("utf-8", "surrogateescape"))


def encoded(text: str) -> bytes:
    """Return the bytes that `decoded` made text of."""
    return text.translate(_AS_ESCAPE).encode("utf-8", "surrogateescape")


def from_escapes(text: str) -> str:
    """Return text of Python's "surrogateescape", as paths are, as text that protobuf takes."""
    if text.isascii():
        return text
    kept = _HELD.sub(lambda match: match[0].encode().decode("ascii", "surrogateescape"), text)
    return kept.translate(_AS_CHARACTER)


def to_escapes(text: str) -> str:
    """Return the inverse of `from_escapes`: the name of a file, as Python's functions take it."""
    if text.isascii():
        return text
    data = text.translate(_AS_ESCAPE).encode("utf-8", "surrogateescape")
    return data.decode("utf-8", "surrogateescape")


def octal(text: str) -> str:
    r"""Return text with each byte that is no UTF-8 as \ooo, as prototxt has it."""
    return _HELD.sub(lambda match: f"\\{ord(match[0]) - 0xEF00:03o}", text)


def from_wire(data: bytes, message: Any) -> bytes:
    """Return a serialized message as Python's protobuf can hold it."""
    return _converted(data, message, lambda value: decoded(value).encode())


def to_wire(data: bytes, message: Any) -> bytes:
    """Return a serialized message with its strings as they were in the file."""
    return _converted(data, message, lambda value: encoded(value.decode()))


def _converted(data: bytes, message: Any, convert: Callable[[bytes], bytes]) -> bytes:
    """Convert all strings of a message; what is no whole message stays, for protobuf to say so."""
    pieces: list[bytes] = []
    copied = 0
    for number, wire, head, start, end in _fields(data):
        field = message.fields_by_number.get(number)
        if field is None or wire != _BYTES or not _holds_text(field):
            continue
        old = data[start:end]
        inner = field.message_type
        new = _converted(old, inner, convert) if inner else old if old.isascii() else convert(old)
        if new != old:
            pieces += [data[copied:head], _varint(number << 3 | _BYTES), _varint(len(new)), new]
            copied = end
    return b"".join([*pieces, data[copied:]]) if pieces else data


def _holds_text(field: FieldDescriptor) -> bool:
    """Whether a field is a string, or a message with some at any depth."""
    if field.message_type is None:
        return bool(field.type == FieldDescriptor.TYPE_STRING)
    return _has_text(field.message_type)


@cache
def _has_text(message: Any) -> bool:
    seen: set[str] = set()
    waiting = [message]
    while waiting:
        here = waiting.pop()
        seen.add(here.full_name)
        for field in here.fields:
            if field.type == FieldDescriptor.TYPE_STRING:
                return True
            if field.message_type and field.message_type.full_name not in seen:
                waiting.append(field.message_type)
    return False


def _fields(data: bytes) -> Iterator[tuple[int, int, int, int, int]]:
    """Yield number, wire type, and offsets of head, content and end of each field, while whole."""
    at, size = 0, len(data)
    while at < size:
        tag, start = _number(data, at)
        wire = tag & 7
        length = _WIDTHS.get(wire, -1)
        if wire == _VARINT and start > 0:
            length = _number(data, start)[1] - start
        elif wire == _BYTES and start > 0:
            length, start = _number(data, start)
        end = start + length
        if start < 0 or length < 0 or end > size:
            return
        yield tag >> 3, wire, at, start, end
        at = end


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Return a varint and the offset behind it, -1 if it does not end."""
    value = 0
    for i in range(at, min(at + 10, len(data))):
        value |= (data[i] & 127) << 7 * (i - at)
        if data[i] < 128:
            return value, i + 1
    return 0, -1


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
