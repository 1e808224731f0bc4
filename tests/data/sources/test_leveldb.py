"""LevelDB, where plyvel is installed; a clear message where it is not."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from caffe2torch.data.sources import open_source
from caffe2torch.errors import DataError, UnsupportedError


def test_without_plyvel_the_remedy_is_named(golden: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "plyvel", None)
    with pytest.raises(UnsupportedError, match="plyvel is not installed") as caught:
        open_source(str(golden / "transform/db/leveldb_raw"), "LEVELDB")
    assert "pip install" in str(caught.value.hint)


def test_the_golden_database_reads_like_its_lmdb_twin(golden: Path, tmp_path: Path) -> None:
    pytest.importorskip("plyvel")
    path = tmp_path / "db"
    shutil.copytree(golden / "transform/db/leveldb_raw", path)
    before = {file.name: file.read_bytes() for file in path.iterdir()}
    path.chmod(0o555)
    source = open_source(str(path), "LEVELDB")
    twin = open_source(str(golden / "transform/db/raw_same"))
    assert list(source) == list(twin)
    assert len(source) == len(twin)
    cursor = source.cursor()
    cursor.last()
    last = cursor.key
    assert last == twin.key(len(twin) - 1)
    assert not cursor.step()
    cursor.first()
    cursor.advance(len(twin))
    assert cursor.key == twin.key(0)
    assert cursor.seek(last)
    assert cursor.key == last
    source.close()
    twin.close()
    assert {file.name: file.read_bytes() for file in path.iterdir()} == before
    path.chmod(0o755)


def test_a_database_in_use_can_be_read(tmp_path: Path) -> None:
    plyvel = pytest.importorskip("plyvel")
    database = plyvel.DB(str(tmp_path / "db"), create_if_missing=True)
    database.put(b"key", b"value")
    source = open_source(str(tmp_path / "db"), "LEVELDB")
    assert list(source) == [(b"key", b"value")]
    source.close()
    database.put(b"other", b"value")
    database.close()


def test_an_empty_database_is_refused(tmp_path: Path) -> None:
    plyvel = pytest.importorskip("plyvel")
    plyvel.DB(str(tmp_path / "db"), create_if_missing=True).close()
    with pytest.raises(DataError, match="is empty"):
        open_source(str(tmp_path / "db"), "LEVELDB")
