"""A mean file: its channels, and the picture of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from caffe2torch.errors import C2TError
from caffe2torch.inspect import inspect_file
from caffe2torch.inspect.render import lines
from caffe2torch.weights import write_blob, write_mean


def pixels(path: Path, array: np.ndarray, legacy: bool = True) -> np.ndarray:
    """What the picture of a blob shows, (H, W[, 3])."""
    write_blob(path / "mean", array, legacy=legacy)
    report = inspect_file(path / "mean")
    assert report.picture is not None
    report.picture(path / "mean.png")
    with Image.open(path / "mean.png") as image:
        return np.asarray(image)


def test_each_channel_has_its_statistics(tmp_path: Path) -> None:
    array = np.stack([np.full((2, 2), value, np.float32) for value in (104, 117, 123)])
    array[2, 0, 0] = 119
    write_mean(tmp_path / "mean", array)
    found = inspect_file(tmp_path / "mean").json
    assert found["shape"] == [1, 3, 2, 2]
    assert [one["mean"] for one in found["channels"]] == [104, 117, 122]
    assert found["channels"][2]["std"] == pytest.approx(3**0.5)
    assert (found["min"], found["max"]) == (104, 123)


def test_blue_comes_first_in_the_file_and_last_in_the_picture(tmp_path: Path) -> None:
    array = np.zeros((3, 2, 2), np.float32)
    array[0], array[1], array[2] = 200, 100, 50
    shown = pixels(tmp_path, array)
    assert shown.shape == (256, 256, 3)
    assert np.unique(shown.reshape(-1, 3), axis=0).tolist() == [[50, 100, 200]]


def test_values_outside_pixels_are_stretched(tmp_path: Path) -> None:
    shown = pixels(tmp_path, np.array([[[-1.0, 0.0], [0.0, 1.0]]], np.float32))
    assert sorted(np.unique(shown).tolist()) == [0, 128, 255]


def test_a_vector_has_statistics_but_no_picture(tmp_path: Path) -> None:
    write_blob(tmp_path / "b", np.array([1.0, 3.0], np.float32))
    report = inspect_file(tmp_path / "b")
    assert (report.json["mean"], report.json["channels"]) == (2.0, [])
    assert report.picture is None


def test_nan_fails_and_leaves_a_black_pixel(tmp_path: Path) -> None:
    array = np.full((1, 2, 2), 100, np.float32)
    array[0, 0, 0] = np.nan
    assert pixels(tmp_path, array)[0, 0] == 0
    report = inspect_file(tmp_path / "mean")
    assert report.code == 1
    assert list(lines(report))[-1] == "not finite: 1 NaN"


def test_a_mean_that_is_cut_short_says_so(tmp_path: Path) -> None:
    write_mean(tmp_path / "mean", np.ones((3, 8, 8), np.float32))
    data = (tmp_path / "mean").read_bytes()
    (tmp_path / "mean").write_bytes(data[:-20])
    with pytest.raises(C2TError, match="no whole binaryproto"):
        inspect_file(tmp_path / "mean")


def test_many_images_become_a_sheet(tmp_path: Path) -> None:
    array = np.linspace(0, 1, 4 * 3 * 25, dtype=np.float32).reshape(4, 3, 5, 5)
    shown = pixels(tmp_path, array, legacy=False)
    assert shown.ndim == 3
    assert (shown == 255).all(axis=2).any(), "the paper between the tiles"


def test_pixels_are_enlarged_as_squares(tmp_path: Path) -> None:
    shown = pixels(tmp_path, np.array([[[0, 255], [128, 64]]], np.float32))
    assert shown.shape == (256, 256)
    assert shown[0, 0] == 0 and shown[127, 128] == 255
    assert shown[128, 127] == 128 and shown[255, 255] == 64
