"""Reads the text lists of Caffe's tools and layers: "path label" lines, and lists of files.

Source: Caffe src/caffe/layers/image_data_layer.cpp, DataLayerSetUp; tools/convert_imageset.cpp
"""

from __future__ import annotations

import re
from pathlib import Path

from caffe2torch import inputs
from caffe2torch.data.paths import places, resolve
from caffe2torch.errors import DataError

_HDF5, _MARK = b"\x89HDF\r\n", b"\xef\xbb\xbf"
_TEXT = 1 << 16  # bytes that are looked at
_INTEGER = re.compile(r"[ \t\n\v\f\r]*([+-]?\d+)", re.ASCII)


def read_list(path: str, base: str | None = None) -> str:
    """Return the text of a list file. Raises DataError if it cannot be read, or is empty."""
    file = Path(resolve(path, base))
    try:
        data = inputs.read(file)
    except FileNotFoundError:
        raise DataError(f'list "{path}" does not exist', hint=places(path, base)) from None
    except OSError as error:
        raise DataError(f'list "{path}" cannot be read: {error.strerror}') from None
    if not data:
        raise DataError(f'list "{path}" is empty')
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(f'list "{path}" is text in UTF-16', hint="save it as UTF-8")
    if b"\0" in data[:_TEXT] and not data.startswith(_HDF5):
        raise DataError(f'list "{path}" is no text: it holds bytes of 0')
    if data.startswith(_HDF5):
        raise DataError(
            f'"{path}" is an HDF5 file', hint="source takes a text file that lists HDF5 files"
        )
    text = data.removeprefix(_MARK).decode(encoding="utf-8", errors="surrogateescape")
    return text.replace("\r\n", "\n")


def labelled(path: str, base: str | None = None) -> list[tuple[str, int]]:
    """Return (file, label) of each line; the label is what C's atoi makes of the last word.

    So "cat" is 0 and "3.7" is 3, as in Caffe, and a line without a blank is both file and label.
    """
    lines = read_list(path, base).split("\n")
    if not lines[-1]:
        lines.pop()
    pairs = [_pair(line) for line in lines]
    for number, (_, label) in enumerate(pairs, 1):
        if not -(2**31) <= label < 2**31:  # a Datum, and an int of C, hold no more
            raise DataError(f'list "{path}", line {number}: the label {label} is too large')
    return pairs


def _pair(line: str) -> tuple[str, int]:
    name, blank, label = line.rpartition(" ")
    return (name, atoi(label)) if blank else (line, atoi(line))


def atoi(text: str) -> int:
    """Convert as C does: leading blanks, a sign, digits; anything else is 0."""
    match = _INTEGER.match(text)
    return int(match[1]) if match else 0
