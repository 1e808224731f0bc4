"""Text of Python 2, which was bytes: files, buffers and methods that took one for the other.

Text read from a file without "b" holds bytes that are no UTF-8 as lone surrogates, so that nothing
is lost, and is turned into bytes again where bytes are asked for.
"""

from __future__ import annotations

import io
import pickle
import string
import sys
from codecs import decode
from types import FunctionType
from typing import Any

import numpy as np

ESCAPE = "surrogateescape"
METHODS = {
    *("count", "endswith", "find", "index", "join", "lstrip", "partition", "replace", "rfind"),
    *("rindex", "rpartition", "rsplit", "rstrip", "split", "startswith", "strip"),
    *("write", "writelines", "send", "sendall", "put", "get", "pop", "delete", "unpack"),
    *("ParseFromString", "MergeFromString", "FromString", "frombytes", "fromstring"),
    *("md5", "sha1", "sha256", "update", "compress", "decompress", "b64encode", "b64decode"),
    *("decode", "format", "load", "loads", "dump"),
}
"""Methods and functions that in Python 2 took text and bytes alike."""


def to_bytes(text: str) -> bytes:
    """Return the bytes that a text was read from."""
    return text.encode("utf-8", ESCAPE)


def _to_text(data: bytes) -> str:
    return bytes(data).decode("utf-8", ESCAPE)


def is_text(data: str | bytes | bytearray) -> bool:
    """Whether text holds no bytes that are none, or bytes are UTF-8."""
    try:
        if isinstance(data, str):
            data.encode()
        else:
            data.decode()
    except UnicodeError:
        return False
    return True


def opened(name: Any, mode: str = "r", buffering: int = -1, **options: Any) -> Any:
    """Open a file as Python 2 did: without "b" as text in which nothing is translated or lost."""
    if "b" in mode or options:
        return open(name, mode.replace("U", ""), buffering, **options)  # noqa: PTH123  or a number
    newline = None if "U" in mode else "\n"
    mode = mode.replace("U", "") or "r"
    options = {"encoding": "utf-8", "errors": ESCAPE, "newline": newline}
    return open(name, mode, buffering or -1, **options)  # noqa: PTH123  a path, or a number


def text(*value: Any, **options: Any) -> Any:
    """Return str(value); bytes are text if they can be, and stay what they are if not."""
    if len(value) == 1 and isinstance(value[0], (bytes, bytearray)) and not options:
        return value[0].decode() if is_text(value[0]) else bytes(value[0])
    return str(*value, **options)


class StringIO:
    """A buffer of text or of bytes, whichever is given or written first."""

    def __init__(self, initial: str | bytes | bytearray | None = None) -> None:
        if isinstance(initial, str) and not is_text(initial):
            initial = to_bytes(initial)
        self._buffer: Any = (
            io.StringIO(initial) if isinstance(initial, str) else io.BytesIO(initial or b"")
        )

    def write(self, values: Any) -> int:
        """Append text or bytes."""
        if isinstance(values, str) and isinstance(self._buffer, io.BytesIO):
            if self._buffer.getbuffer().nbytes:
                return self._buffer.write(values.encode())
            self._buffer = io.StringIO()
        written: int = self._buffer.write(values)
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._buffer, name)

    def __iter__(self) -> Any:
        return iter(self._buffer)


class _Formatter(string.Formatter):
    """Formats what has no format of its own as its text."""

    def format_field(self, value: Any, format_spec: str) -> Any:
        try:
            return format(value, format_spec)
        except TypeError:
            return format(str(value), format_spec)


def call(owner: Any, name: str, *args: Any, **named: Any) -> Any:
    """Return owner.name(*args), for a name of METHODS.

    Where it is compiled or Python's own and refuses the types, it gets bytes for text, or text for
    bytes.
    """
    if name == "decode" and isinstance(owner, str):
        return _decoded(owner, *args)
    method = getattr(owner, name)
    if name in ("load", "loads", "dump") and (owner is pickle or owner is np):
        args = tuple(getattr(a, "buffer", a) if isinstance(a, io.TextIOBase) else a for a in args)
        if owner is pickle and name != "dump":
            named.setdefault("encoding", "latin1")
    try:
        return method(*args, **named)
    except TypeError:
        if isinstance(owner, str) and name == "format":
            return _Formatter().format(owner, *args, **named)
        if not _refuses_first(method):
            raise
        both = (str, to_bytes), (bytes, _to_text)
        for kind, convert in reversed(both) if isinstance(owner, (str, io.TextIOBase)) else both:
            converted = _converted(args, kind, convert)
            if converted != args:
                return method(*converted, **named)
        raise


def _decoded(text: str, encoding: str = "utf-8", *_: Any) -> Any:
    """What text.decode gave: itself, except for encodings of bytes such as "hex"."""
    if encoding.replace("_codec", "") in ("hex", "base64", "zlib", "bz2"):
        return decode(to_bytes(text), encoding.replace("_codec", "") + "_codec")
    return text


def _refuses_first(method: Any) -> bool:
    """Whether a function checks its arguments before it does anything."""
    function = getattr(method, "__func__", method)
    module = str(getattr(function, "__module__", "")).partition(".")[0]
    return not isinstance(function, FunctionType) or module in sys.stdlib_module_names


def _converted(args: tuple[Any, ...], kind: type, convert: Any) -> tuple[Any, ...]:
    def one(value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return (
                type(value)(one(item) for item in value) if type(value) in (list, tuple) else value
            )
        return convert(value) if isinstance(value, kind) else value

    return tuple(one(value) for value in args)
