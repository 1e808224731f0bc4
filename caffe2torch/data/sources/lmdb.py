"""LMDB, opened so that read-only folders and databases in use elsewhere work.

Source: Caffe src/caffe/util/db_lmdb.cpp
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from caffe2torch import inputs
from caffe2torch.data.sources._mapped import check, watch
from caffe2torch.data.sources._pages import Damage, examine
from caffe2torch.data.sources._resident import Resident
from caffe2torch.data.sources._shared import Shared
from caffe2torch.data.sources.base import Buffer, Cursor, Source
from caffe2torch.errors import DataError


def _open(path: str) -> Any:
    import lmdb

    file = _file(path)
    inputs.check(file)
    try:
        examine(file)
    except Damage as damage:
        raise DataError(f'database "{path}" {damage}', hint="copy or make it again") from None
    watch(file)
    try:
        # Records are read in their order: without reading ahead a disk gives them page by page.
        return lmdb.open(
            path, subdir=file != path, readonly=True, lock=False, readahead=True, create=False
        )
    except lmdb.Error as error:
        raise DataError(f'database "{path}" cannot be opened: {error}') from None


def _file(path: str) -> str:
    """Return the data file of a database, which is a folder or the file itself."""
    return str(Path(path, "data.mdb")) if Path(path).is_dir() else path


# LMDB forbids opening one database twice in a process, and TRAIN and TEST nets may share one.
_environments = Shared(_open)


LARGE = 1 << 28
"""Bytes of a database from which its pages are let go of once they have been read."""


class LMDBCursor(Cursor):
    """A cursor in a read transaction of its own; values are views into the mapped file."""

    def __init__(self, environment: Any) -> None:
        self._environment, self._path = environment, environment.path()
        self._file = _file(self._path)
        self._written = environment.info()["last_txnid"]
        size = environment.stat()["psize"] * environment.info()["last_pgno"]
        self._resident = Resident() if size > LARGE else None
        self._size = Path(self._file).stat().st_size
        with self._named():
            self._cursor = environment.begin(buffers=True).cursor()
        self.first()

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Make what LMDB finds wrong, and what a missing page gives, an error with the path."""
        import lmdb

        try:
            yield
        except lmdb.Error as error:
            raise DataError(
                f'database "{self._path}" is damaged: {error}', hint="copy or make it again"
            ) from None
        check(self._path, self._file)

    def check(self) -> None:
        check(self._path, self._file)

    @property
    def key(self) -> bytes:
        with self._named():
            return bytes(self._cursor.key())

    @property
    def value(self) -> memoryview:
        with self._named():
            value: memoryview = self._cursor.value()
        if self._resident:
            self._resident.read(value, len(value))
        return value

    def first(self) -> None:
        with self._named():
            self._cursor.first()

    def last(self) -> None:
        with self._named():
            self._cursor.last()

    def step(self) -> bool:
        with self._named():
            return bool(self._cursor.next())

    def seek(self, key: bytes) -> bool:
        with self._named():
            return bool(self._cursor.set_range(key))

    def take(self, count: int, stride: int = 1) -> tuple[list[Buffer], list[Buffer]]:
        """As the base class says, but a run at a time: Python sees no single step."""
        self._check_unchanged()
        if stride != 1:
            return super().take(count, stride)
        keys, records = self._run(count)
        if self._resident and records:
            self._resident.read(records[0], sum(map(len, records)))
        return keys, records

    def _check_unchanged(self) -> None:
        """Refuse a database that has been written to: pages that are read may be used anew."""
        if self._environment.info()["last_txnid"] != self._written:
            raise DataError(
                f'database "{self._path}" is being written by another process',
                hint="read it when it is complete, or copy it first",
            )
        try:
            size = Path(self._file).stat().st_size
        except OSError as error:
            what = f'database "{self._path}" went away while it was read: {error.strerror}'
            raise DataError(what, hint="put it back") from None
        if size < self._size:
            raise DataError(
                f'database "{self._path}" became shorter while it was read',
                hint="copy or make it again",
            )

    def _run(self, count: int) -> tuple[list[Buffer], list[Buffer]]:
        taken: list[tuple[Buffer, Buffer]] = []
        while len(taken) < count:
            wanted = count - len(taken)
            with self._named():
                run = list(islice(self._cursor, wanted))
            if not run and not self.key:
                raise DataError(
                    f'database "{self._path}" is damaged: no record can be read',
                    hint="copy or make it again",
                )
            taken += run
            if len(run) < wanted or not self.step():
                self.first()
        keys, records = zip(*taken, strict=True)
        return list(keys), list(records)


class LMDB(Source):
    """An LMDB folder, or the data file of one."""

    backend = "LMDB"

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._environment = _environments.acquire(path)
        self._count = int(self._environment.stat()["entries"])
        if not self._count:
            self.close()
            raise DataError(f'database "{path}" is empty')

    @classmethod
    def fits(cls, path: str) -> bool:
        return Path(path, "data.mdb").is_file() or (
            Path(path).is_file() and Path(path).suffix == ".mdb"
        )

    def __len__(self) -> int:
        return self._count

    def cursor(self) -> LMDBCursor:
        return LMDBCursor(self._environment)

    def close(self) -> None:
        if self._environment is not None:
            self._environment, self._reader = None, None
            _environments.release(self.path)
