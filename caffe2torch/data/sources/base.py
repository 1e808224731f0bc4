"""What every database backend offers: records in key order, wrapping round like Caffe's cursor.

Source: Caffe include/caffe/util/db.hpp
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

Buffer = bytes | memoryview


class Cursor(ABC):
    """A place in a database; it stands on the first record when it is made."""

    @property
    @abstractmethod
    def key(self) -> bytes:
        """The key of the record."""

    @property
    @abstractmethod
    def value(self) -> Buffer:
        """The record; a view is valid until the source is closed."""

    @abstractmethod
    def first(self) -> None:
        """Go to the first record."""

    @abstractmethod
    def last(self) -> None:
        """Go to the last record."""

    @abstractmethod
    def step(self) -> bool:
        """Go to the next record; False, standing nowhere, after the last."""

    @abstractmethod
    def seek(self, key: bytes) -> bool:
        """Go to the first record whose key is not less; False, standing nowhere, if none is."""

    def check(self) -> None:  # noqa: B027  most databases have nothing to check
        """Raise DataError if what was taken cannot have been what the database held."""

    def advance(self, count: int = 1) -> None:
        """Go `count` records on, from the last one to the first again."""
        for _ in range(count):
            if not self.step():
                self.first()

    def take(self, count: int, stride: int = 1) -> tuple[list[Buffer], list[Buffer]]:
        """Return `count` keys and their records, `stride` apart, and go on past them.

        After the last record comes the first, as with `advance`.
        """
        keys: list[Buffer] = []
        records: list[Buffer] = []
        for _ in range(count):
            keys.append(self.key)
            records.append(self.value)
            self.advance(stride)
        return keys, records


class Source(ABC):
    """A database opened for reading.

    backend: its name in `data_param.backend`.
    """

    backend: ClassVar[str]

    def __init__(self, path: str) -> None:
        """Raises DataError if the database cannot be opened or is empty."""
        self.path = path
        self._reader: Cursor | None = None
        self._position = 0

    @classmethod
    @abstractmethod
    def fits(cls, path: str) -> bool:
        """Whether what lies at `path` looks like a database of this backend."""

    @abstractmethod
    def __len__(self) -> int:
        """Return the number of records."""

    @abstractmethod
    def cursor(self) -> Cursor:
        """Return a new cursor, which one thread at a time may use."""

    @abstractmethod
    def close(self) -> None:
        """Close the database; views into it are void. Closing twice is allowed."""

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield key and record once each, in the order of the keys as bytes."""
        cursor = self.cursor()
        more = True
        while more:
            yield cursor.key, bytes(cursor.value)
            more = cursor.step()

    def key(self, index: int) -> bytes:
        """Return the key at a position; cheap when positions are asked for in rising order."""
        return self._at(index).key

    def get(self, index: int) -> bytes:
        """Return a copy of the record at a position. Raises IndexError beyond the last."""
        return bytes(self._at(index).value)

    def _at(self, index: int) -> Cursor:
        if not 0 <= index < len(self):
            raise IndexError(index)
        if self._reader is None or index < self._position:
            self._reader, self._position = self.cursor(), 0
        self._reader.advance(index - self._position)
        self._position = index
        return self._reader


def walk(source: Source) -> Iterator[tuple[bytes, Buffer]]:
    """Yield key and record of all records, once each, without copying them."""
    cursor = source.cursor()
    more = True
    while more:
        yield cursor.key, cursor.value
        more = cursor.step()
