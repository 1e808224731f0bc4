"""A database that becomes shorter while it is read, or is damaged, is a message and no signal."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.importers import database
from caffe2torch.data.sources import open_source
from caffe2torch.errors import DataError

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the fault is caught on Linux only")


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """A database of 1000 records of some 3 KB."""
    records = (
        (b"%08d" % i, pb.Datum(data=os.urandom(3000), label=i % 10).SerializeToString())
        for i in range(1000)
    )
    database.write(tmp_path / "db", records)
    return tmp_path / "db"


@LINUX
def test_pages_that_are_gone_are_an_error(db: Path) -> None:
    cursor = open_source(str(db)).cursor()
    _, records = cursor.take(500)
    os.truncate(db / "data.mdb", 100_000)
    assert sum(map(len, records)) > 1_000_000
    assert any(not any(bytes(record)) for record in records)  # they are zeros now
    with pytest.raises(DataError, match="cut short or damaged: a part that is in use is missing"):
        cursor.check()


def test_a_shorter_file_is_seen_before_the_next_batch(db: Path) -> None:
    cursor = open_source(str(db)).cursor()
    cursor.take(10)
    os.truncate(db / "data.mdb", (db / "data.mdb").stat().st_size - 4096)
    with pytest.raises(DataError, match="became shorter while it was read"):
        cursor.take(10)


def test_a_file_that_is_removed_goes_on_being_read_until_it_is_missed(db: Path) -> None:
    cursor = open_source(str(db)).cursor()
    cursor.take(10)
    shutil.rmtree(db)
    with pytest.raises(DataError, match="went away while it was read: No such file"):
        cursor.take(10)


@LINUX
@pytest.mark.parametrize("seed", range(30))
def test_damaged_pages_are_errors(seed: int, db: Path) -> None:
    import random

    chance = random.Random(seed)
    file = db / "data.mdb"
    data = bytearray(file.read_bytes())
    for _ in range(60):
        data[chance.randrange(8192, len(data))] = chance.randrange(256)
    if seed % 2:
        del data[chance.randrange(8192, len(data)) :]
    file.write_bytes(data)
    try:
        source = open_source(str(db))
        cursor = source.cursor()
        for _ in range(20):
            for record in cursor.take(100)[1]:
                bytes(record)
            cursor.check()
    except DataError as error:
        assert str(db) in str(error)
