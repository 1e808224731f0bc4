"""Converted files prepare images with the numbers of the net's own data layer."""

from __future__ import annotations

import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from caffe2torch.config.preprocessing import Given
from caffe2torch.convert.convert import Request, prepare, written
from caffe2torch.weights import write_blob
from tests.convert import families

SOURCE = "data_param { source: 'x' batch_size: 1 }"


def preparing(
    folder: Path, transform: str, channels: int = 3, size: int = 8
) -> Callable[[Any], torch.Tensor]:
    """The `preprocess` of a net whose data layer is in a net beside it."""
    head = families.head("net", 1, channels, size, size)
    (folder / "deploy.prototxt").write_text(head + families.conv("c", "data", 2))
    data = f'top: "d" transform_param {{ {transform} }} {SOURCE}'
    (folder / "train_val.prototxt").write_text(f'layer {{ name: "d" type: "Data" {data} }}')
    conversion = prepare(Request(folder / "deploy.prototxt"))
    assert all(len(line) <= 100 for line in conversion.source.text.splitlines())
    results = dict(written(conversion, ["python"], folder / "net.py"))
    assert "grey levels of c2t test's" in results[folder / "net.py"]
    assert not conversion.failed
    prepared: Callable[[Any], torch.Tensor] = runpy.run_path(str(folder / "net.py"))["preprocess"]
    return prepared


def picture(rows: int, columns: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    shape = (rows, columns, 3)
    return np.random.RandomState(0).randint(0, 256, shape).astype(np.uint8)


def test_mean_values_and_scale(tmp_path: Path) -> None:
    preprocess = preparing(tmp_path, "scale: 0.5 mean_value: 1 mean_value: 2 mean_value: 3")
    rgb = picture(8, 8)
    bgr = rgb[:, :, ::-1].transpose(2, 0, 1).astype(np.float32)
    expected = (bgr - np.array([1, 2, 3], np.float32).reshape(3, 1, 1)) * 0.5
    np.testing.assert_array_equal(preprocess(Image.fromarray(rgb))[0].numpy(), expected)


def test_the_mean_image_lies_beside_the_file_and_is_cropped_as_test_does(tmp_path: Path) -> None:
    mean = np.random.RandomState(1).rand(3, 12, 10).astype(np.float32) * 100
    write_blob(tmp_path / "mean.binaryproto", mean[None])
    preprocess = preparing(tmp_path, 'crop_size: 8 mean_file: "mean.binaryproto"')
    assert "minus the mean image mean.binaryproto" in (preprocess.__doc__ or "")
    stored = torch.load(tmp_path / "net_mean.pt", weights_only=True)
    np.testing.assert_array_equal(stored.numpy(), mean)
    rgb = picture(12, 10)  # of the mean's size, so that resizing does nothing
    bgr = rgb[:, :, ::-1].transpose(2, 0, 1).astype(np.float32)
    expected = (bgr - mean)[:, 2:10, 1:9]
    np.testing.assert_allclose(preprocess(Image.fromarray(rgb))[0].numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("shape", [(37, 23), (16, 16), (5, 64), (8, 8)])
def test_images_are_resized_as_opencv_does(tmp_path: Path, shape: tuple[int, int]) -> None:
    import cv2

    preprocess = preparing(tmp_path, "")
    rgb = picture(*shape)
    resized = cv2.resize(rgb, (8, 8), interpolation=cv2.INTER_LINEAR)
    expected = resized[:, :, ::-1].transpose(2, 0, 1).astype(np.float32)
    gap = np.abs(preprocess(Image.fromarray(rgb))[0].numpy() - expected).max()
    assert gap <= 1


def test_gray_images(tmp_path: Path) -> None:
    preprocess = preparing(tmp_path, "scale: 0.00390625", channels=1)
    gray = picture(8, 8)[:, :, 0]
    prepared = preprocess(Image.fromarray(gray))
    assert prepared.shape == (1, 1, 8, 8)
    np.testing.assert_array_equal(prepared[0, 0].numpy(), gray / np.float32(256))


def test_a_missing_mean_file_is_said_where_it_matters(tmp_path: Path) -> None:
    preparing(tmp_path, 'mean_file: "lost.binaryproto"')
    conversion = prepare(Request(tmp_path / "deploy.prototxt"))
    assert any(
        note.startswith("mean file lost.binaryproto is missing") for note in conversion.notes
    )
    text = conversion.source.text
    assert "# WARNING: mean file lost.binaryproto is missing" in text


def test_what_nothing_says_is_loud_in_the_file_and_among_the_notes(tmp_path: Path) -> None:
    path = tmp_path / "deploy.prototxt"
    path.write_text(families.head("net", 1, 3, 8, 8) + families.conv("c", "data", 2))
    conversion = prepare(Request(path))
    assert any("nothing says how pictures are prepared" in note for note in conversion.notes)
    assert "\n# WARNING: nothing says how pictures are prepared" in conversion.source.text
    sure = prepare(Request(path, given=Given(mean="1,2,3", scale=0.5)))
    assert "WARNING" not in sure.source.text
    assert "torch.tensor([1.0, 2.0, 3.0]).view(3, 1, 1)" in sure.source.text


def test_a_resize_that_is_not_written_is_told(tmp_path: Path) -> None:
    resize = "resize_param { height: 8 width: 8 interp_mode: AREA }"
    path = tmp_path / "deploy.prototxt"
    path.write_text(families.head("net", 1, 3, 8, 8) + families.conv("c", "data", 2))
    layer = f'type: "AnnotatedData" top: "d" transform_param {{ {resize} }}'
    (tmp_path / "test.prototxt").write_text(f'layer {{ name: "d" {layer} {SOURCE} }}')
    text = prepare(Request(path)).source.text
    assert "# WARNING: resize_param says WARP with AREA" in text


@pytest.mark.parametrize("shape", [(1, 2, 8, 8), (1, 3, 1, 1)])
def test_what_is_no_image_gets_no_preprocess(tmp_path: Path, shape: tuple[int, ...]) -> None:
    path = tmp_path / "net.prototxt"
    relu = 'layer { name: "r" type: "ReLU" bottom: "data" top: "r" }'
    path.write_text(families.head("net", *shape) + relu)
    assert "def preprocess" not in prepare(Request(path)).source.text


def test_without_an_image_the_file_prints_its_usage(tmp_path: Path) -> None:
    preparing(tmp_path, "")
    command = [sys.executable, "-I", str(tmp_path / "net.py")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: net.py")
