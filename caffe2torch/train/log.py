"""Caffe's own log, so that whatever reads Caffe's logs reads ours: its lines, and how C++ prints.

A line is `I1122 12:35:44.355204 18619 solver.cpp:239] text`: severity, month and day, time, thread,
and the place in Caffe's source that prints it. Parsers look for the text, some for the place. Newer
versions of glog put the year in front of the month, which Caffe's own parse_log.py cannot read.
Numbers are printed as C++ streams print them, and messages as protobuf's DebugString does.

Source: glog, LogMessage::Init; protobuf 3, src/google/protobuf/text_format.cc and
stubs/strutil.cc (FloatToBuffer)
"""

from __future__ import annotations

import math
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from ctypes import c_float
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from caffe2torch import inputs
from caffe2torch.format import strings
from caffe2torch.terminal import printable_lines

ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "'": "\\'", "\\": "\\\\"}
"""What C escapes by a letter; other bytes that ASCII does not print are escaped in octal."""


class Stream(Protocol):
    """Where lines go."""

    def write(self, text: str, /) -> object:
        """Write a text that ends in a line break."""


class Log:
    """Writes glog lines to any number of streams; with none it is silent.

    Called as log("solver.cpp:290", "Learning Rate Policy: step"); `severity` is I, W, E or F.
    """

    def __init__(self, *streams: Stream) -> None:
        self.streams = streams

    def __call__(self, place: str, text: str, severity: str = "I") -> None:
        """Write one line, which may hold line breaks; one at its end is not doubled."""
        if self.streams:
            line = formatted(place, text, severity)
            for stream in self.streams:
                stream.write(line)


def formatted(place: str, text: str, severity: str = "I") -> str:
    """Return a line as glog writes it, with its line break."""
    head = f"{severity}{datetime.now():%m%d %H:%M:%S.%f} {threading.get_native_id():5d} {place}] "
    return head + printable_lines(text.removesuffix("\n")) + "\n"


@contextmanager
def log_to(*paths: str | Path, note: Callable[[str], None] = lambda _: None) -> Iterator[Log]:
    """Open files to append to, line by line; "-" is standard error.

    note: told once a file when it cannot be written any more, and when it can again

    Raises: OSError if one cannot be opened.
    """
    with ExitStack() as opened:
        files = [LogFile(Path(path), note) for path in paths if str(path) != "-"]
        for file in files:
            opened.callback(file.close)
        yield Log(*files, *([StandardError()] if len(files) < len(paths) else []))


class LogFile:
    """A log on disk. What cannot be written is counted: a log is not what a run is for.

    A file that was removed, with its folder or without, is made again.
    """

    def __init__(self, path: Path, note: Callable[[str], None]) -> None:
        self.path, self.note, self.lost = path, note, 0
        self.handle = self._open()

    def _open(self) -> int:
        inputs.confine(self.path)
        return os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)

    def write(self, text: str, /) -> None:
        """Append lines, with one before them that tells how many are missing, if any are."""
        gap = f"\n({self.lost} lines could not be written)\n" if self.lost else ""
        try:
            if not os.fstat(self.handle).st_nlink:
                self._open_again()
            data = memoryview((gap + text).encode("utf-8", "backslashreplace"))
            while data:
                data = data[os.write(self.handle, data) :]
        except OSError as error:
            if not self.lost:
                self.note(f"{self.path} cannot be written: {error.strerror}; training goes on")
            self.lost += 1
            return
        if self.lost:
            self.note(f"{self.path} is written again; {self.lost} lines are missing in it")
        self.lost = 0

    def _open_again(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle = self._open()
        os.close(self.handle)
        self.handle = handle
        self.note(f"{self.path} was removed: it is written anew")

    def close(self) -> None:
        """Close the file; whatever was written is in it."""
        os.close(self.handle)


class StandardError:
    """Standard error as a log, for as long as somebody reads it."""

    def write(self, text: str, /) -> None:
        """Write to it as it is now, for tests and terminals replace it."""
        with suppress(OSError):
            sys.stderr.write(text)


def number(value: float) -> str:
    """Return a number as C++ streams print it: 6 significant digits, no trailing zeros, -nan."""
    if math.isnan(value) and math.copysign(1, value) < 0:
        return "-nan"
    return f"{value:.6g}"


def exact(value: float) -> str:
    """Return a float32 with as many digits as read back the same."""
    return f"{value:.9g}"


def weighted(value: float, weight: float) -> str:
    """Return what follows a score in the log: " (* 0.5 = 0.7 loss)", or nothing for weight 0."""
    return f" (* {number(weight)} = {number(weight * value)} loss)" if weight else ""


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
        known = field.enum_type.values_by_number.get(value)
        return str(known.name if known else value)
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
    data = strings.encoded(value) if isinstance(value, str) else value
    return "".join(
        ESCAPES.get(chr(byte)) or (chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}")
        for byte in data
    )
