"""Records are counted by how they are stored, their shapes and labels."""

from __future__ import annotations

from pathlib import Path

import lmdb
import pytest

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
