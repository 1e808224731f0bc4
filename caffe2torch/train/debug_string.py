"""A message as protobuf's C++ DebugString prints it, which is what Caffe writes into its log.

Source: protobuf 3, src/google/protobuf/text_format.cc and stubs/strutil.cc (FloatToBuffer)
"""

from __future__ import annotations

from collections.abc import Iterable
from ctypes import c_float
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "'": "\\'", "\\": "\\\\"}


def debug_string(message: Message, indent: str = "") -> str:
    """Return the fields that are set, by number, one a line, two spaces a level."""
    return "".join(
        _field(field, value, indent)
        for field, values in message.ListFields()
        for value in (values if _repeated(field, values) else [values])
    )


def _repeated(field: FieldDescriptor, values: Any) -> bool:
    single = isinstance(values, str | bytes | Message)
    return not single and isinstance(values, Iterable)


def _field(field: FieldDescriptor, value: Any, indent: str) -> str:
    if isinstance(value, Message):
        return f"{indent}{field.name} {{\n{debug_string(value, indent + '  ')}{indent}}}\n"
    return f"{indent}{field.name}: {_scalar(field, value)}\n"


def _scalar(field: FieldDescriptor, value: Any) -> str:
    if field.enum_type is not None:
        found = field.enum_type.values_by_number.get(value)
        return str(found.name if found else value)
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return str(value).lower()
    if field.cpp_type == FieldDescriptor.CPPTYPE_FLOAT:
        return shortest(value)
    if field.cpp_type == FieldDescriptor.CPPTYPE_DOUBLE:
        return f"{value:.15g}" if float(f"{value:.15g}") == value else f"{value:.17g}"
    if isinstance(value, str | bytes):
        return f'"{_escape(value)}"'
    return str(value)


def shortest(value: float) -> str:
    """Return a float32 with 6 digits if they read back the same, else with 9."""
    text = f"{value:.6g}"
    return text if c_float(float(text)).value == value or value != value else f"{value:.9g}"


def _escape(value: str | bytes) -> str:
    data = value.encode() if isinstance(value, str) else value
    return "".join(
        ESCAPES.get(chr(byte)) or (chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}")
        for byte in data
    )
