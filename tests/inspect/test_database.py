"""A database: how many records, stored how, of which shapes and labels; a sheet of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import lmdb
import numpy as np
import pytest
from PIL import Image

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import C2TError
from caffe2torch.inspect import Options, inspect_file, records
from caffe2torch.inspect.render import lines
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


def test_labels_and_shapes_are_counted(tmp_path: Path) -> None:
    values = [datum(label) for label in (3, -1, 3, 3)] + [datum(0, shape=(3, 4, 4))]
    report = inspect_file(write(tmp_path / "db", values))
    assert report.json["labels"] == {"-1": 1, "0": 1, "3": 3}
    assert report.json["shapes"] == [
        {"shape": [1, 2, 3], "records": 4},
        {"shape": [3, 4, 4], "records": 1},
    ]
    text = list(lines(report))
    assert "labels       3 different, -1 to 3; 1 to 3 records each" in text


@pytest.mark.parametrize(
    ("name", "encoded", "floats", "said"),
    [
        ("enc_jpg", True, False, "Datum, encoded images"),
        ("raw_jpg", False, False, "Datum, raw bytes"),
        ("own_float", False, True, "Datum, raw floats"),
    ],
)
def test_how_pixels_are_stored(name: str, encoded: bool, floats: bool, said: str) -> None:
    report = inspect_file(DB / name)
    found = report.json
    assert (found["encoded"] == found["records"]) == encoded
    assert (found["floats"] == found["records"]) == floats
    assert list(lines(report))[1].split("  ")[-1].strip().startswith(f"{said}; looked at all")


def test_leveldb_is_read_where_its_package_is_there() -> None:
    pytest.importorskip("plyvel")
    found = inspect_file(DB / "leveldb_raw").json
    assert (found["backend"], found["records"]) == ("LEVELDB", 4)


def test_the_data_file_is_known_without_its_folder_and_name(tmp_path: Path) -> None:
    source = write(tmp_path / "db", [datum(1), datum(2)])
    shutil.copy(source / "data.mdb", tmp_path / "renamed")
    assert inspect_file(tmp_path / "renamed").json["records"] == 2


def test_a_large_database_is_sampled_unless_all_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "SAMPLE", 16)
    path = write(tmp_path / "db", [datum(i % 5) for i in range(100)])
    few, every = inspect_file(path), inspect_file(path, Options(everything=True))
    assert (few.json["records"], few.json["read"]) == (100, 16)
    assert "16 spread over all (--all reads every one)" in list(lines(few))[1]
    assert every.json["labels"] == {str(i): 20 for i in range(5)}
    assert "looked at all 100" in list(lines(every))[1]


def test_boxes_of_annotated_records_are_counted_by_label(tmp_path: Path) -> None:
    message = pb.AnnotatedDatum(datum=pb.Datum.FromString(datum(0)))
    for label, boxes in ((7, 2), (9, 1)):
        group = message.annotation_group.add(group_label=label)
        for _ in range(boxes):
            group.annotation.add(bbox=pb.NormalizedBBox(xmin=0.1, ymin=0.1, xmax=0.5, ymax=0.5))
    report = inspect_file(write(tmp_path / "db", [message.SerializeToString()] * 3))
    assert report.json["record"] == "AnnotatedDatum"
    assert report.json["labels"] == {"7": 6, "9": 3}
    assert report.picture is not None
    report.picture(tmp_path / "grid.png")


def test_records_of_another_kind_are_counted_only(tmp_path: Path) -> None:
    report = inspect_file(write(tmp_path / "db", [b"\xff\xfe no datum", b"x"]))
    assert (report.json["record"], report.json["records"]) == ("unknown", 2)
    assert report.json["labels"] == {}
    assert report.picture is None


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "db", [datum(1), datum(2)[:-5]])
    with pytest.raises(C2TError, match='record "00000001"'):
        inspect_file(path)


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
