"""Several databases as one, in the order of their names: `source: "shards/*"`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from caffe2torch.data.sources.base import Buffer, Cursor, Source
from caffe2torch.errors import DataError


class ManyCursor(Cursor):
    """A place in several databases; a key is the name of the database, a slash and its own key."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._names = [Path(source.path).name.encode() for source in sources]
        self._cursors = [source.cursor() for source in sources]
        self._at = 0

    @property
    def key(self) -> bytes:
        return self._names[self._at] + b"/" + self._cursors[self._at].key

    @property
    def value(self) -> Buffer:
        return self._cursors[self._at].value

    def check(self) -> None:
        for cursor in self._cursors:
            cursor.check()

    def first(self) -> None:
        self._at = 0
        self._cursors[0].first()

    def last(self) -> None:
        self._at = len(self._cursors) - 1
        self._cursors[-1].last()

    def step(self) -> bool:
        if self._cursors[self._at].step():
            return True
        if self._at + 1 == len(self._cursors):
            return False
        self._at += 1
        self._cursors[self._at].first()
        return True

    def seek(self, key: bytes) -> bool:
        name, _, inner = key.partition(b"/")
        for at, here in enumerate(self._names):
            if here == name and self._cursors[at].seek(inner):
                self._at = at
                return True
            if here > name:
                self._at = at
                self._cursors[at].first()
                return True
        return False


class Many(Source):
    """Databases of one backend, opened together."""

    backend = "MANY"

    def __init__(self, path: str, sources: list[Source]) -> None:
        super().__init__(path)
        if not sources:
            raise DataError(f'"{path}" names no database')
        self._sources = sources

    @classmethod
    def fits(cls, path: str) -> bool:
        return is_pattern(path)

    def __len__(self) -> int:
        return sum(len(source) for source in self._sources)

    def cursor(self) -> ManyCursor:
        return ManyCursor(self._sources)

    def close(self) -> None:
        for source in self._sources:
            source.close()


def is_pattern(path: str) -> bool:
    """Whether a source names several databases by a pattern of the shell."""
    return any(c in path for c in "*?[") and not Path(path).exists()
