"""A database is known by its content, whole or refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import lmdb
import numpy as np
import pytest
from PIL import Image

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import C2TError
from caffe2torch.inspect import inspect_file
from tests.conftest import GOLDEN

DB = GOLDEN / "transform" / "db"


def datum(label: int, value: int = 0, shape: tuple[int, int, int] = (1, 2, 3)) -> bytes:
    c, h, w = shape
    made = pb.Datum(channels=c, height=h, width=w, label=label, data=bytes([value]) * (c * h * w))
    return bytes(made.SerializeToString())


def write(path: Path, values: list[bytes]) -> Path:
    with lmdb.open(str(path), map_size=1 << 24) as environment, environment.begin(write=True) as t:
        for i, value in enumerate(values):
            t.put(b"%08d" % i, value)
    return path


def test_caffes_own_database_is_counted() -> None:
    found = inspect_file(GOLDEN / "solvers" / "db" / "color_train_lmdb").json
    assert found["backend"] == "LMDB"
    assert (found["records"], found["read"], found["encoded"]) == (44, 44, 0)
    assert found["shapes"] == [{"shape": [3, 12, 12], "records": 44}]
    assert sum(found["labels"].values()) == 44
    assert (found["first_key"], found["last_key"]) == ("00000000", "00000043")


def test_leveldb_is_read_where_its_package_is_there() -> None:
    pytest.importorskip("plyvel")
    found = inspect_file(DB / "leveldb_raw").json
    assert (found["backend"], found["records"]) == ("LEVELDB", 4)


def test_the_data_file_is_known_without_its_folder_and_name(tmp_path: Path) -> None:
    source = write(tmp_path / "db", [datum(1), datum(2)])
    shutil.copy(source / "data.mdb", tmp_path / "renamed")
    assert inspect_file(tmp_path / "renamed").json["records"] == 2


def test_the_sheet_shows_the_records_in_their_colours(tmp_path: Path) -> None:
    blue = pb.Datum(channels=3, height=2, width=2, label=5, data=bytes([255] * 4 + [0] * 8))
    gray = pb.Datum(channels=1, height=2, width=2, label=6, data=bytes([100] * 4))
    path = write(tmp_path / "db", [blue.SerializeToString(), gray.SerializeToString()])
    report = inspect_file(path)
    assert report.picture is not None
    assert report.picture(tmp_path / "g.png") == "2 records spread over all, each with its label"
    with Image.open(tmp_path / "g.png") as image:
        page = np.asarray(image)
    assert page[20, 20].tolist() == [0, 0, 255]
    assert page[20, 120].tolist() == [100, 100, 100]
    assert page[0, 0].tolist() == [255, 255, 255]


def test_an_lmdb_that_is_cut_short_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "db", [datum(i, shape=(3, 100, 100)) for i in range(50)])
    data = path / "data.mdb"
    full = data.stat().st_size
    with data.open("r+b") as file:
        file.truncate(full // 2)
    with pytest.raises(C2TError, match=f"is cut short: {full // 2:,} bytes of"):
        inspect_file(path)


@pytest.mark.parametrize("content", [b"", b"nothing like it" * 1000])
def test_a_data_mdb_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "data.mdb").write_bytes(content)
    with pytest.raises(C2TError, match="cannot be opened"):
        inspect_file(tmp_path)


def test_an_empty_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(C2TError, match="is empty"):
        inspect_file(write(tmp_path / "db", []))
