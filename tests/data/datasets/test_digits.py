"""The shipped digits are the published ones, and their folder is a whole Caffe folder."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from caffe2torch.data.datasets import digits
from caffe2torch.data.datum import decode
from caffe2torch.data.mean import read_mean
from caffe2torch.data.sources import open_source
from caffe2torch.errors import DataError
from caffe2torch.format import schema


def records(path: Path) -> tuple[np.ndarray, list[int], list[bytes]]:
    source = open_source(str(path))
    try:
        pairs = [(key, *decode(record)) for key, record in source]
        return np.stack([p[1] for p in pairs]), [p[2] for p in pairs], [p[0] for p in pairs]
    finally:
        source.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("quickstart") / "digits"
    digits.write_folder(made)
    return made


def test_the_images_are_the_published_ones() -> None:
    images, labels = digits.load()
    assert (images.shape, images.dtype) == ((1797, 1, 8, 8), np.uint8)
    # The class counts that UCI states for its test set, and its first image's first row:
    # 0 0 5 13 9 1 0 0 of 16, stretched to 255.
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert images[0, 0, 0].tolist() == [0, 0, 80, 207, 143, 16, 0, 0]
    assert labels[:10] == list(range(10))
    assert (images.min(), images.max()) == (0, 255)


def test_the_split_takes_each_image_once() -> None:
    train, test = digits.split()
    assert (len(train), len(test)) == (1437, 360)
    assert sorted(train + test) == list(range(1797))
    assert digits.split() == (train, test)


def test_the_folder_holds_what_a_caffe_user_has(folder: Path) -> None:
    assert {p.name for p in folder.iterdir()} == {
        "digits_train_lmdb",
        "digits_test_lmdb",
        "mean.binaryproto",
        "train_val.prototxt",
        "solver.prototxt",
        "deploy.prototxt",
    }


def test_the_databases_are_shuffled_and_counted_as_caffe_counts(folder: Path) -> None:
    images, labels, keys = records(folder / "digits_train_lmdb")
    assert images.shape == (1437, 1, 8, 8)
    assert keys[:2] == [b"00000000", b"00000001"]
    runs = 1 + sum(a != b for a, b in pairwise(labels))
    # Independent labels repeat with probability 1/10: 1,293 runs are expected, sigma 11.
    assert abs(runs - 1293) < 60
    assert sorted(set(labels)) == list(range(10))


def test_no_test_image_trains(folder: Path) -> None:
    train, _, _ = records(folder / "digits_train_lmdb")
    test, _, _ = records(folder / "digits_test_lmdb")
    assert len(test) == 360
    known = {image.tobytes() for image in train}
    assert not [i for i, image in enumerate(test) if image.tobytes() in known]


def test_the_mean_is_that_of_the_training_records(folder: Path) -> None:
    images, _, _ = records(folder / "digits_train_lmdb")
    mean = read_mean(str(folder / "mean.binaryproto"))
    assert mean.shape == (1, 8, 8)
    np.testing.assert_allclose(mean, images.astype(np.float64).mean(axis=0), rtol=1e-5)


def test_the_tests_cover_the_test_set_once(folder: Path) -> None:
    solver = schema.read(folder / "solver.prototxt", "SolverParameter").message
    net = schema.read(folder / "train_val.prototxt", "NetParameter").message
    assert solver.test_iter[0] * net.layer[1].data_param.batch_size == 360


def test_an_existing_folder_is_kept_without_force(folder: Path) -> None:
    before = (folder / "solver.prototxt").stat().st_mtime_ns
    with pytest.raises(DataError, match=r"train_val.prototxt, .* already"):
        digits.write_folder(folder)
    assert (folder / "solver.prototxt").stat().st_mtime_ns == before
    digits.write_folder(folder, force=True)


def test_other_files_of_a_folder_do_not_matter(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    digits.write_folder(tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert (tmp_path / "solver.prototxt").is_file()
