"""Blobs of many pictures go to a file, as Caffe's extract_features writes them."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from caffe2torch.config.preprocessing import Given
from caffe2torch.data.census import open_any
from caffe2torch.data.datum import decode
from caffe2torch.data.importers.database import write_images
from caffe2torch.errors import DataError, GraphError
from caffe2torch.predict.extract import extract, save
from caffe2torch.predict.subject import Subject, subject
from tests.predict import nets


@pytest.fixture
def chosen(tmp_path: Path) -> Subject:
    return subject(*nets.saved(tmp_path, nets.CLASSES), Given())


def database(folder: Path) -> np.ndarray:  # type: ignore[type-arg]
    pixels = np.random.RandomState(6).randint(0, 256, (3, 3, 8, 8)).astype(np.uint8)
    write_images(folder / "db", pixels, [2, 0, 1], range(3))
    return pixels


def test_every_kind_of_file_holds_the_same(tmp_path: Path, chosen: Subject) -> None:
    pixels = database(tmp_path)
    names, db = ["fc", "prob"], [str(tmp_path / "db")]
    expected = {
        name: np.concatenate([chosen.blobs(p, names)[name].numpy() for p in pixels])
        for name in names
    }
    assert save(extract(chosen, names, db), tmp_path / "f.npz", names) == 3
    with np.load(tmp_path / "f.npz") as stored:
        np.testing.assert_array_equal(stored["fc"], expected["fc"])
        np.testing.assert_array_equal(stored["prob"], expected["prob"])
        assert stored["labels"].tolist() == [2, 0, 1]
        assert stored["names"].tolist() == ["00000000", "00000001", "00000002"]
    assert save(extract(chosen, names, db), tmp_path / "f.h5", names) == 3
    with h5py.File(tmp_path / "f.h5") as file:
        np.testing.assert_array_equal(file["fc"][...], expected["fc"])
        assert file["labels"][...].tolist() == [2, 0, 1]
        assert file["names"].asstr()[0] == "00000000"
    assert save(extract(chosen, ["fc"], db), tmp_path / "f.lmdb", ["fc"]) == 3
    source = open_any(str(tmp_path / "f.lmdb"))
    records = dict(source)
    source.close()
    assert list(records) == [b"0000000000", b"0000000001", b"0000000002"]
    values, label = decode(records[b"0000000001"])
    assert (values.shape, label) == ((6, 1, 1), 0)
    np.testing.assert_array_equal(values.ravel(), expected["fc"][1])


def test_image_files_and_databases_may_be_mixed(tmp_path: Path, chosen: Subject) -> None:
    database(tmp_path)
    pixels = nets.picture(tmp_path / "a.png")
    items = list(extract(chosen, ["fc"], [str(tmp_path / "a.png"), str(tmp_path / "db")]))
    assert [item.label for item in items] == [-1, 2, 0, 1]
    np.testing.assert_array_equal(items[0].values["fc"], chosen.blobs(pixels, ["fc"])["fc"].numpy())


def test_what_cannot_be_written_is_refused_and_leaves_nothing(
    tmp_path: Path, chosen: Subject
) -> None:
    database(tmp_path)
    db = [str(tmp_path / "db")]
    with pytest.raises(GraphError, match=r'has no blob "prop" → it has: prob'):
        list(extract(chosen, ["prop"], db))
    with pytest.raises(DataError, match=r"f.txt ends in none of .npz, .h5"):
        save(iter(()), tmp_path / "f.txt", ["fc"])
    with pytest.raises(DataError, match="an LMDB holds one blob"):
        save(iter(()), tmp_path / "f.lmdb", ["fc", "prob"])
    for end in ("npz", "h5", "lmdb"):
        with pytest.raises(DataError, match="there is not one"):
            save(iter(()), tmp_path / f"g.{end}", ["fc"])
        assert not (tmp_path / f"g.{end}").exists()
    (tmp_path / "h.npz").write_text("mine")
    with pytest.raises(DataError, match="exists already"):
        save(extract(chosen, ["fc"], db), tmp_path / "h.npz", ["fc"])
    assert (tmp_path / "h.npz").read_text() == "mine"


def test_blobs_whose_size_hangs_on_the_picture_are_refused(tmp_path: Path) -> None:
    result = subject(*nets.saved(tmp_path, nets.BOXES), Given())
    items = extract(result, ["out"], [])
    assert list(items) == []
    rows = iter([(1, 1, 5, 7), (1, 1, 2, 7)])
    import torch

    result.blobs = lambda _pixels, _names: {"out": torch.zeros(next(rows))}  # type: ignore[method-assign]
    for name in ("a.png", "b.png"):
        nets.picture(tmp_path / name, 16, 16)
    with pytest.raises(DataError, match=r"b.png: blob out has shape .*2, 7\), and the first"):
        list(extract(result, ["out"], [str(tmp_path / "a.png"), str(tmp_path / "b.png")]))
