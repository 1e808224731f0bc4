"""LMDB: key order, wrapping, seeking, and databases that others use or that cannot be written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from caffe2torch.data.datum import decode
from caffe2torch.data.importers import database
from caffe2torch.data.sources import open_source
from caffe2torch.errors import DataError, UnsupportedError
from tests.data.one_feed import numbered


def test_records_come_in_the_order_of_the_keys_as_bytes(tmp_path: Path) -> None:
    keys = [b"1", b"10", b"2", b"B", b"a"]
    database.write(tmp_path / "db", ((key, b"v" + key) for key in reversed(keys)))
    source = open_source(str(tmp_path / "db"))
    assert [key for key, _ in source] == keys
    assert len(source) == 5
    source.close()


def test_positions_can_be_asked_for_in_any_order(tmp_path: Path) -> None:
    source = open_source(numbered(tmp_path / "db", 9))
    for index in (3, 4, 8, 0, 8, 8, 2):
        assert source.key(index) == b"%08d" % index
        assert decode(source.get(index))[1] == index
    for beyond in (9, -1):
        with pytest.raises(IndexError):
            source.get(beyond)
    source.close()


def test_the_cursor_wraps_and_seeks(tmp_path: Path) -> None:
    source = open_source(numbered(tmp_path / "db", 3))
    cursor = source.cursor()
    cursor.advance(5)
    assert cursor.key == b"00000002"
    assert not cursor.step()
    assert not cursor.seek(b"00000003")
    assert cursor.seek(b"00000000a")
    assert cursor.key == b"00000001"
    cursor.last()
    assert cursor.key == b"00000002"
    source.close()


def test_a_read_only_folder_stays_as_it_is(tmp_path: Path) -> None:
    path = Path(numbered(tmp_path / "db", 3))
    (path / "data.mdb").chmod(0o444)
    path.chmod(0o555)
    try:
        source = open_source(str(path))
        assert len(list(source)) == 3
        source.close()
        assert [file.name for file in path.iterdir()] == ["data.mdb"]
    finally:
        path.chmod(0o755)


def test_one_database_may_be_opened_twice(tmp_path: Path) -> None:
    path = numbered(tmp_path / "db", 3)
    first, second = open_source(path), open_source(f"{path}/../db/")
    first.close()
    first.close()
    assert len(list(second)) == 3
    second.close()


def test_a_database_may_be_open_for_writing_elsewhere(tmp_path: Path) -> None:
    path = numbered(tmp_path / "db", 3)
    program = (
        f"import lmdb; lmdb.open({path!r}).begin(write=True); print('open', flush=True); input()"
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "open\n"
        source = open_source(path)
        assert len(list(source)) == 3
        source.close()
    finally:
        writer.communicate("\n")


def test_it_is_found_beside_the_file_if_not_here(tmp_path: Path) -> None:
    numbered(tmp_path / "db", 1)
    source = open_source("db", base=str(tmp_path))
    assert len(source) == 1
    source.close()


def test_the_data_file_itself_will_do(tmp_path: Path) -> None:
    source = open_source(str(Path(numbered(tmp_path / "db", 2)) / "data.mdb"))
    assert len(source) == 2
    source.close()


def test_a_value_is_a_view_of_the_mapped_file(tmp_path: Path) -> None:
    source = open_source(numbered(tmp_path / "db", 1))
    value = source.cursor().value
    assert isinstance(value, memoryview)
    assert np.frombuffer(value, np.uint8).flags.owndata is False
    del value
    source.close()


def test_what_cannot_be_opened_says_why(tmp_path: Path) -> None:
    with pytest.raises(DataError, match='"none" does not exist') as caught:
        open_source("none", base=str(tmp_path))
    assert "looked in" in str(caught.value)
    with pytest.raises(DataError, match="names no database"):
        open_source("")
    (tmp_path / "folder").mkdir()
    with pytest.raises(DataError, match="is no database of backend LMDB"):
        open_source(str(tmp_path / "folder"))
    (tmp_path / "folder" / "data.mdb").write_bytes(b"no database" * 1000)
    with pytest.raises(DataError, match="cannot be opened"):
        open_source(str(tmp_path / "folder"))


def test_an_empty_database_is_refused(tmp_path: Path) -> None:
    import lmdb

    lmdb.open(str(tmp_path / "db")).close()
    with pytest.raises(DataError, match="is empty"):
        open_source(str(tmp_path / "db"))


def test_the_wrong_backend_is_named(tmp_path: Path, golden: Path) -> None:
    with pytest.raises(DataError, match="of backend LMDB, not LEVELDB .the default") as caught:
        open_source(numbered(tmp_path / "db", 1), "LEVELDB")
    assert "backend: LMDB" in str(caught.value.hint)
    with pytest.raises(DataError, match="of backend LEVELDB, not LMDB"):
        open_source(str(golden / "transform/db/leveldb_raw"), "LMDB")


def test_an_unknown_backend_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="unknown database backend"):
        open_source(numbered(tmp_path / "db", 1), "ROCKSDB")


def test_a_file_that_is_cut_short_is_refused_before_a_page_is_missed(tmp_path: Path) -> None:
    path = str(tmp_path / "db")
    database.write(tmp_path / "db", ((b"%04d" % i, bytes(1000)) for i in range(500)))
    data = Path(path, "data.mdb")
    with data.open("r+b") as file:
        file.truncate(data.stat().st_size // 3)
    with pytest.raises(DataError, match=r"is cut short: [\d,]+ bytes of [\d,]+"):
        open_source(path)
