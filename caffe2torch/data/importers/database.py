"""Writes an LMDB of Datum records as Caffe's own tools do, all of it or nothing."""

from __future__ import annotations

import errno
import os
import random
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from caffe2torch.atomic import replacing_folder
from caffe2torch.errors import DataError

if TYPE_CHECKING:
    import lmdb
    import numpy as np
    from numpy.typing import NDArray

BATCH = 1000
FIRST_MAP_SIZE = 1 << 24


class EmptyError(DataError):
    """There is no record to write."""


def order(count: int, *, shuffle: bool, seed: int, limit: int | None) -> list[int]:
    """Return which records to take, in which order: all, or the first `limit` after shuffling."""
    taken = list(range(count))
    if shuffle:
        random.Random(seed).shuffle(taken)
    return taken[:limit]


def write_images(
    path: Path,
    images: NDArray[np.uint8],
    labels: Iterable[int],
    order: Iterable[int],
    *,
    force: bool = False,
) -> int:
    """Write images[i], labels[i] for each i of `order` under the keys 00000000, 00000001, ...

    images: (N, C, H, W) uint8, in the value range of the records (raw pixels: 0..255).
    Returns the number of records. Raises: DataError as `write` does.
    Source: Caffe examples/mnist/convert_mnist_data.cpp, convert_dataset
    """
    return write(path, image_records(images, labels, order), force=force)


def image_records(
    images: NDArray[np.uint8], labels: Iterable[int], order: Iterable[int]
) -> Iterator[tuple[bytes, bytes]]:
    """Yield the records that `write_images` writes."""
    from caffe2torch.caffe_pb2 import Datum

    labels = list(labels)
    _, c, h, w = images.shape
    for position, i in enumerate(order):
        datum = Datum(channels=c, height=h, width=w, label=labels[i], data=images[i].tobytes())
        yield b"%08d" % position, datum.SerializeToString()


def write(path: Path, records: Iterable[tuple[bytes, bytes]], *, force: bool = False) -> int:
    """Write (key, value) pairs into a new LMDB folder at `path`; return how many.

    The folder appears under its name when it is complete. An existing one is replaced only
    with `force`. Raises: DataError if it exists or there are no records; OSError.
    """
    with writing(path, force=force) as fill:
        return fill(records)


@contextmanager
def writing(
    path: Path, *, force: bool = False
) -> Iterator[Callable[[Iterable[tuple[bytes, bytes]]], int]]:
    """Yield what `write` does, but for the name: the folder gets it at the end of the block.

    So several databases of one import appear together, or none of them. A signal that asks the
    process to end counts as an error of the block.
    """
    refuse_existing(path, force=force)

    def fill(records: Iterable[tuple[bytes, bytes]]) -> int:
        count = _fill(folder, iter(records))
        if not count:
            raise EmptyError(f"{path}: there is not one record to write")
        return count

    with ended_by_signals(), replacing_folder(path) as folder:
        yield fill


def is_database(folder: Path) -> bool:
    """Whether a folder holds an LMDB and nothing else, or nothing at all."""
    return {entry.name for entry in folder.iterdir()} <= {"data.mdb", "lock.mdb"}


def refuse_existing(
    path: Path, *, force: bool, is_known: Callable[[Path], bool] = is_database
) -> None:
    """Raise DataError if something is at `path` that may not be replaced.

    is_known: whether a folder holds only what is written there. Others are never replaced: they
        may be the very pictures that are read.
    """
    if not path.name:
        raise DataError(f"{path} holds other files", hint="name a new folder in it")
    if not os.path.lexists(path):
        return
    if not force:
        raise DataError(f"{path} exists already", hint="name another folder, or use --force")
    if path.is_dir() and not is_known(path):
        raise DataError(
            f"{path} exists already, and holds more than what would be written",
            hint="name another folder; --force replaces none that holds other files",
        )


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP raise SystemExit where nobody handles them, so that all is cleared."""

    def end(number: int, _frame: object) -> None:
        sys.exit(128 + number)

    ours = []
    if threading.current_thread() is threading.main_thread():
        numbers = [getattr(signal, name, None) for name in ("SIGTERM", "SIGHUP")]
        ours = [n for n in numbers if n and signal.getsignal(n) == signal.SIG_DFL]
    for number in ours:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def _fill(folder: Path, records: Iterator[tuple[bytes, bytes]]) -> int:
    import lmdb

    count = 0
    try:
        with lmdb.open(str(folder), map_size=FIRST_MAP_SIZE, sync=False) as database:
            while batch := list(islice(records, BATCH)):
                _put(database, batch)
                count += len(batch)
            database.sync(True)
    except lmdb.Error as error:
        # LMDB reports a full disk as a plain input/output error.
        why = f"LMDB cannot write ({error}); is the disk full?"
        raise OSError(errno.EIO, why, str(folder.parent)) from None
    (folder / "lock.mdb").unlink(missing_ok=True)
    return count


def _put(database: lmdb.Environment, batch: list[tuple[bytes, bytes]]) -> None:
    """Store the batch in one transaction; double the map, as Caffe does, until it fits."""
    import lmdb

    while True:
        try:
            with database.begin(write=True) as transaction:
                for key, value in batch:
                    if not transaction.put(key, value, overwrite=False):
                        raise DataError(f"two records have the key {key!r}")
            return
        except lmdb.MapFullError:
            database.set_mapsize(2 * database.info()["map_size"])
