"""How protobuf's text format writes values: from the text of one to its number or string.

Source: google.protobuf.text_format, ParseInteger, ParseFloat, ParseBool, ParseEnum
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from google.protobuf import text_format
from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor

from caffe2torch.format import strings


def _integer(signed: bool, bits: int) -> Callable[[str], int]:
    low = -(1 << bits - 1) if signed else 0
    high = (1 << bits - signed) - 1

    def convert(raw: str) -> int:
        value = int(raw) if raw.isdigit() and raw[0] != "0" else _any_integer(raw)
        if not low <= value <= high:
            raise ValueError(f"{raw} is outside {low} to {high}")
        return value

    return convert


def _any_integer(raw: str) -> int:
    return int(text_format.ParseInteger(_joined(raw), is_signed=True, is_long=True))


def _float(raw: str) -> float:
    return float(text_format.ParseFloat(_joined(raw)))


def _joined(raw: str) -> str:
    """Drop the blank that C++ allows behind a minus sign."""
    return "-" + raw[1:].lstrip() if raw.startswith("-") else raw


def _bool(raw: str) -> bool:
    return bool(text_format.ParseBool(raw))


def _bytes(raw: str) -> bytes:
    """Join adjacent strings and resolve their escapes."""
    from google.protobuf.text_encoding import CUnescape

    return b"".join(CUnescape(_literal(_octal(part))) for part in _strings(raw))


_ESCAPES = re.compile(r"\\(.)", re.DOTALL)
_KNOWN = set("abfnrtvxuUN01234567?\\\"'")


def _literal(value: str) -> str:
    r"""Return a string in which a backslash that begins no escape, as in "\w", is itself."""
    return _ESCAPES.sub(lambda match: match[0] if match[1] in _KNOWN else "\\" + match[0], value)


def string_of(raw: str) -> str:
    """Return what a quoted string of prototxt, or several side by side, says."""
    if "\\" not in raw and raw.count(raw[0]) == 2 and raw[0] == raw[-1] in "\"'":
        return strings.from_escapes(raw[1:-1])
    return strings.decoded(_bytes(raw))


_OTHER_BYTES = re.compile("[\udc80-\udcff]")


def _octal(value: str) -> str:
    """Return a string with bytes that are not UTF-8 as escapes."""
    if value.isascii():
        return value
    if re.search(r"(?<!\\)(\\\\)*\\[\udc80-\udcff]", value):
        raise ValueError("a backslash stands in front of a byte that is no letter")
    return _OTHER_BYTES.sub(lambda match: f"\\{ord(match[0]) - 0xDC00:03o}", value)


def _strings(raw: str) -> list[str]:
    """Return the contents of adjacent quoted strings, without the quotes."""
    if raw[0] not in "\"'":
        raise ValueError(f"expected a quoted string, found {raw}")
    parts = re.findall(
        r"""\#[^\n]*|"([^"\n\\]*(?:\\[^\n][^"\n\\]*)*)"|'([^'\n\\]*(?:\\[^\n][^'\n\\]*)*)'""", raw
    )
    return [double or single for double, single in parts]


def enum_converter(field: FieldDescriptor, enum: EnumDescriptor) -> Callable[[str], int]:
    """What makes the number of an enum's name, or of the number itself, for one field."""
    numbers = {value.name: value.number for value in enum.values}

    def convert(raw: str) -> int:
        if raw in numbers:
            return numbers[raw]
        return int(text_format.ParseEnum(field, raw))

    return convert


CONVERTERS: dict[int, tuple[Callable[[str], Any], str]] = {
    FieldDescriptor.TYPE_INT32: (_integer(True, 32), "an integer"),
    FieldDescriptor.TYPE_INT64: (_integer(True, 64), "an integer"),
    FieldDescriptor.TYPE_UINT32: (_integer(False, 32), "an integer of 0 or more"),
    FieldDescriptor.TYPE_UINT64: (_integer(False, 64), "an integer of 0 or more"),
    FieldDescriptor.TYPE_FLOAT: (_float, "a number"),
    FieldDescriptor.TYPE_DOUBLE: (_float, "a number"),
    FieldDescriptor.TYPE_BOOL: (_bool, "true or false"),
    FieldDescriptor.TYPE_STRING: (string_of, "a quoted string"),
    FieldDescriptor.TYPE_BYTES: (_bytes, "a quoted string"),
}
"""Type of a field -> what makes its value of a text, and what that text is called in errors.

What it raises: ValueError, or text_format.ParseError."""
