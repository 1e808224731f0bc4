"""Copies: order, size, encoding; to shards that webdataset's layout names, and back unchanged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from caffe2torch.caffe_pb2 import Datum
from caffe2torch.data.datum import decode
from caffe2torch.data.importers import database
from caffe2torch.data.importers.copies import Changes, copied, export
from caffe2torch.data.sources import open_source
from caffe2torch.errors import DataError
from tests.data.importers.copied import records
from tests.data.one_feed import datum, write


def test_nothing_asked_for_copies_every_byte(db: str) -> None:
    source = open_source(db)
    assert records(db) == list(source)
    source.close()


def test_shuffling_keeps_all_and_is_the_same_each_time(db: str) -> None:
    once = records(db, shuffle=True)
    assert once == records(db, shuffle=True) != records(db, shuffle=True, seed=2)
    labels = [decode(value)[1] for _, value in once]
    assert sorted(labels) == list(range(7)) != labels
    assert [key for key, _ in once] == sorted(key for key, _ in once)
    assert len(records(db, subset=3)) == len(records(db, subset=3, shuffle=True)) == 3


def test_encoding_and_decoding_give_the_pixels_back(db: str, images: list[np.ndarray]) -> None:
    encoded = records(db, encode="png")
    assert all(Datum.FromString(value).encoded for _, value in encoded)
    assert all((decode(v)[0] == image).all() for (_, v), image in zip(encoded, images, strict=True))
    resized = records(db, size=(4, 5))
    assert decode(resized[0][1])[0].shape == (3, 4, 5)


def test_a_bad_record_is_an_error_or_reported(tmp_path: Path) -> None:
    path = write(tmp_path / "bad", [Datum(channels=1, height=2, width=2, data=b"a"),
                                    datum(np.zeros((1, 2, 2), np.uint8), 5)])  # fmt: skip
    with pytest.raises(DataError, match='record "00000000": holds 1 bytes'):
        records(path, encode="png")
    source, said = open_source(path), list[str]()
    assert len(list(copied(source, Changes(encode="png", skip=1), said.append))) == 1
    assert 'record "00000000"' in said[0]
    source.close()


def test_export_writes_files_that_images_imports_again(
    db: str, tmp_path: Path, images: list[np.ndarray]
) -> None:
    from caffe2torch.data.importers.images import Options, convert

    source = open_source(db)
    assert export(source, tmp_path / "out", ["zero"], force=False) == 7
    assert (tmp_path / "out" / "zero" / "00000000.png").is_file()
    with pytest.raises(DataError, match="exists already"):
        export(source, tmp_path / "out", [], force=False)
    source.close()
    convert(f"{tmp_path}/out/", f"{tmp_path}/out/list.txt", tmp_path / "again", Options(), print)
    again = open_source(str(tmp_path / "again"))
    for (_, value), image in zip(again, images, strict=True):
        assert (decode(value)[0] == image).all()
    again.close()


def test_export_leaves_nothing_behind_when_a_record_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "bad"
    database.write(path, [(b"0", datum(np.zeros((1, 2, 2), np.uint8)).SerializeToString()),
                          (b"1", b"\xff\xff")])  # fmt: skip
    source = open_source(str(path))
    with pytest.raises(DataError, match='record "1"'):
        export(source, tmp_path / "out", [], force=False)
    source.close()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad"]


def test_names_of_classes_and_keys_never_lead_elsewhere_or_meet(tmp_path: Path) -> None:
    pixels = np.zeros((1, 2, 2), np.uint8)
    labels = ["../up", "/absolute", "..", "", "a", "a", "with blank"]
    path = tmp_path / "db"
    database.write(
        path,
        [(b"k%d.%d" % (i, i), datum(pixels, i).SerializeToString()) for i in range(8)]
        + [(b"k0_0", datum(pixels, 0).SerializeToString())],
    )
    source = open_source(str(path))
    assert export(source, tmp_path / "out", labels, force=False) == 9
    source.close()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["db", "out"]
    lines = (tmp_path / "out" / "list.txt").read_text().splitlines()
    assert lines[:2] == ["0/k0_0.png 0", "0/k0_0_2.png 0"]  # in the order of the keys
    assert lines[2:] == [f"{i}/k{i}_{i}.png {i}" for i in range(1, 6)] + [
        "with blank/k6_6.png 6",
        "7/k7_7.png 7",
    ]
    for line in lines:
        assert (tmp_path / "out" / line.rpartition(" ")[0]).is_file()


def test_only_what_was_exported_is_replaced(db: str, tmp_path: Path) -> None:
    source = open_source(db)
    export(source, tmp_path / "out", [], force=False)
    export(source, tmp_path / "out", [], force=True)
    (tmp_path / "out" / "mine.txt").write_text("kept")
    with pytest.raises(DataError, match="holds more than what would be written"):
        export(source, tmp_path / "out", [], force=True)
    assert (tmp_path / "out" / "mine.txt").read_text() == "kept"
    source.close()
