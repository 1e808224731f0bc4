"""The first look at a file: is it a folder, text, HDF5, protobuf; which fields has it?"""

from __future__ import annotations

import errno
import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from caffe2torch import inputs
from caffe2torch.errors import DataError
from caffe2torch.format import schema, top_level

START, END = 1 << 16, 1 << 12
_LOG = re.compile(rb"^(Log file created at:|[IWEF]\d{4,8} \d\d:\d\d:\d\d)", re.MULTILINE)


@dataclass
class Head:
    """What a kind decides by.

    start, end: up to START and END bytes of a file; size: its bytes in all; folder: it is one
    """

    path: str
    start: bytes
    size: int
    folder: bool
    end: bytes = b""

    @classmethod
    def of(cls, path: str) -> Head:
        """Look at a path. Raises: DataError if there is nothing to read."""
        place = Path(path)
        if place.is_dir():
            return cls(path, b"", 0, True)
        try:
            with inputs.opened(place) as file:
                start = file.read(START)
                size = file.seek(0, os.SEEK_END)
                file.seek(max(size - END, 0))
                end = file.read(END)
        except OSError as error:
            hint = "name a file or a database" if error.errno == errno.EINVAL else None
            raise DataError(f"{path} cannot be read: {error.strerror}", hint=hint) from None
        if not size:
            raise DataError(f"{path} is empty", hint="fetch or write it again")
        return cls(path, start, size, False, end)

    @cached_property
    def is_text(self) -> bool:
        """Whether it is text, and of no other known format."""
        known = schema.other_format(self.start)
        return not self.folder and not known and self._letters

    @cached_property
    def _letters(self) -> bool:
        return schema.is_text(self.start + self.end)

    @cached_property
    def text(self) -> str:
        """The whole text; "" if it is none."""
        if not self.is_text:
            return ""
        return inputs.read(self.path).decode("utf-8", "surrogateescape")

    @property
    def is_log(self) -> bool:
        """Whether it is what Caffe printed while it ran; that has nets in it."""
        return bool(_LOG.search(self.start))

    @cached_property
    def fields(self) -> frozenset[str]:
        """Names of prototxt's fields at the top level; at any level of a broken net or solver."""
        if not self.is_text or self.is_log:
            return frozenset()
        return top_level.fields(self.text, self.path)

    @cached_property
    def message(self) -> str:
        """The type of the protobuf message that a binary file holds, "" if it is none."""
        from caffe2torch.inspect.binary import message_type

        binary = not self.folder and not self._letters
        known = schema.other_format(self.start) or self.start[16:20] == b"\xde\xc0\xef\xbe"
        return message_type(self.path) if binary and not known else ""

    @cached_property
    def hdf5(self) -> dict[str, bool] | None:
        """Of an HDF5 file its members, true for groups; None if it is another file.

        Raises: DataError if it is damaged.
        """
        if not self.start.startswith(b"\x89HDF\r\n\x1a\n"):
            return None
        from caffe2torch.weights import hdf5_file

        with hdf5_file.opened(self.path, self.damaged) as file:
            return {name: hasattr(member, "keys") for name, member in hdf5_file.members(file)}

    @cached_property
    def _records(self) -> frozenset[str]:
        """Names in a zip archive, without the folder that all of them are in."""
        if not self.start.startswith(b"PK\x03\x04"):
            return frozenset()
        from zipfile import BadZipFile, ZipFile

        try:
            with inputs.opened(self.path) as raw, ZipFile(raw) as archive:
                return frozenset(name.partition("/")[2] for name in archive.namelist())
        except (BadZipFile, ValueError):
            return frozenset()

    def zipped(self, record: str) -> bool:
        """Whether it is a zip archive as PyTorch writes them, with such a record."""
        return record in self._records

    def damaged(self, reason: str) -> DataError:
        """What to say of an HDF5 file that cannot be read."""
        what = f"{self.path} is an HDF5 file, damaged or cut short: {reason}"
        return DataError(what, hint="fetch or write it again")
