"""LevelDB through the optional package plyvel.

LevelDB has no read-only mode: opening takes a lock, renames files and may rewrite the log. So
it is given a folder of links to the database's files, and the database itself is left alone:
read-only folders and databases in use elsewhere work.

Source: Caffe src/caffe/util/db_leveldb.cpp
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from caffe2torch import inputs
from caffe2torch.data.sources._shared import Shared
from caffe2torch.data.sources.base import Cursor, Source
from caffe2torch.errors import DataError, UnsupportedError


class Snapshot:
    """A LevelDB as it is now, opened through links in a folder of its own."""

    def __init__(self, path: str) -> None:
        plyvel = _plyvel(path)
        self._folder = TemporaryDirectory(prefix="c2t-leveldb-")
        inputs.confine(path)
        for file in Path(path).iterdir():
            if file.name != "LOCK" and not file.name.startswith("LOG"):
                Path(self._folder.name, file.name).symlink_to(file)
        try:
            self._database = plyvel.DB(self._folder.name, max_open_files=100)
        except (plyvel.Error, OSError) as error:
            self._folder.cleanup()
            raise DataError(f'database "{path}" cannot be opened: {error}') from None
        self.iterator = self._database.iterator

    def close(self) -> None:
        """Close it and remove the links."""
        self._database.close()
        self._folder.cleanup()


def _plyvel(path: str) -> Any:
    try:
        import plyvel
    except ImportError:
        raise UnsupportedError(
            f'database "{path}" is a LevelDB, and the package plyvel is not installed',
            hint="pip install caffe2torch[leveldb], or convert the database to LMDB",
        ) from None
    return plyvel


_snapshots = Shared(Snapshot)


class LevelDBCursor(Cursor):
    """A cursor over a snapshot; it holds a copy of the record on which it stands."""

    def __init__(self, database: Any) -> None:
        self._iterator = database.iterator(fill_cache=False)
        self._record: tuple[bytes, bytes] = (b"", b"")
        self.first()

    @property
    def key(self) -> bytes:
        return self._record[0]

    @property
    def value(self) -> bytes:
        return self._record[1]

    def first(self) -> None:
        self._iterator.seek_to_start()
        self.step()

    def last(self) -> None:
        self._iterator.seek_to_stop()
        self._record = self._iterator.prev()
        next(self._iterator)  # prev leaves the iterator before what it returned

    def step(self) -> bool:
        record = next(self._iterator, None)
        self._record = record or (b"", b"")
        return record is not None

    def seek(self, key: bytes) -> bool:
        self._iterator.seek(key)
        return self.step()


class LevelDB(Source):
    """A LevelDB folder."""

    backend = "LEVELDB"

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._database = _snapshots.acquire(path)
        self._count: int | None = None
        if not self.cursor().key:
            self.close()
            raise DataError(f'database "{path}" is empty')

    @classmethod
    def fits(cls, path: str) -> bool:
        return Path(path, "CURRENT").is_file()

    def __len__(self) -> int:
        if self._count is None:  # LevelDB does not know; counting reads every key
            self._count = sum(1 for _ in self._database.iterator(include_value=False))
        return self._count

    def cursor(self) -> LevelDBCursor:
        return LevelDBCursor(self._database)

    def close(self) -> None:
        if self._database is not None:
            self._database, self._reader = None, None
            _snapshots.release(self.path)
