"""LevelDB through the optional package plyvel.

LevelDB has no read-only mode: opening writes a LOCK file and may rewrite the log, so the folder
must be writable and nobody else may have it open.

Source: Caffe src/caffe/util/db_leveldb.cpp
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from caffe2torch.data.sources._shared import Shared
from caffe2torch.data.sources.base import Cursor, Source
from caffe2torch.errors import DataError, UnsupportedError


def _open(path: str) -> Any:
    try:
        import plyvel
    except ImportError:
        raise UnsupportedError(
            f'database "{path}" is a LevelDB, and the package plyvel is not installed',
            hint="pip install caffe2torch[leveldb], or convert the database to LMDB",
        ) from None
    try:
        return plyvel.DB(path, max_open_files=100)
    except (plyvel.Error, OSError) as error:
        raise DataError(
            f'database "{path}" cannot be opened: {error}',
            hint="LevelDB needs a writable folder that no other process has open; "
            "copy the folder, or convert it to LMDB",
        ) from None


# LevelDB forbids opening one database twice, and TRAIN and TEST nets may share one.
_databases = Shared(_open)


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
        self._database = _databases.acquire(path)
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
            _databases.release(self.path)
