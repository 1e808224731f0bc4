"""Refuses an LMDB that is shorter than it says: reading its lost pages would kill the process."""

from __future__ import annotations

from pathlib import Path

from caffe2torch.errors import DataError

SLACK = 16
"""Pages that may be missing: those freed last need not have been written."""


def check(path: str) -> None:
    """Compare the file's length with the pages that its index counts.

    Raises: DataError if pages are missing, or it is no LMDB at all.
    """
    import lmdb

    file = Path(path, "data.mdb") if Path(path).is_dir() else Path(path)
    try:
        with lmdb.open(
            str(file), subdir=False, readonly=True, lock=False, create=False
        ) as environment:
            pages = environment.info()["last_pgno"] + 1
            width = environment.stat()["psize"]
    except lmdb.Error as error:
        raise DataError(f"database {path} cannot be opened: {error}") from None
    there = file.stat().st_size
    if there < (pages - SLACK) * width:
        raise DataError(
            f"database {path} is cut short: {there:,} bytes of {pages * width:,}",
            hint="copy or make it again",
        )
