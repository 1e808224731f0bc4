"""Converted files prepare images with the numbers of the net's own data layer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from caffe2torch.convert.convert import Request, prepare
from caffe2torch.convert.grouped.preprocess import images
from caffe2torch.format.upgrade import read_net
from caffe2torch.module.build import execute
from caffe2torch.weights import write_blob
from tests.convert import families

SOURCE = "data_param { source: 'x' batch_size: 1 }"


def preparing(folder: Path, transform: str, channels: int = 3) -> Callable[[Any], torch.Tensor]:
    """The `preprocess` of a net for 8x8 images, whose data layer is in a net beside it."""
    head = families.head("net", 1, channels, 8, 8)
    (folder / "deploy.prototxt").write_text(head + families.conv("c", "data", 2))
    data = f'top: "d" transform_param {{ {transform} }} {SOURCE}'
    (folder / "train_val.prototxt").write_text(f'layer {{ name: "d" type: "Data" {data} }}')
    text = prepare(Request(folder / "deploy.prototxt")).source.text
    assert all(len(line) <= 100 for line in text.splitlines())
    found: Callable[[Any], torch.Tensor] = execute(text).preprocess
    return found


def picture(rows: int, columns: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    shape = (rows, columns, 3)
    return np.random.RandomState(0).randint(0, 256, shape).astype(np.uint8)


def test_mean_values_and_scale(tmp_path: Path) -> None:
    preprocess = preparing(
        tmp_path, "crop_size: 8 scale: 0.5 mean_value: 1 mean_value: 2 mean_value: 3"
    )
    rgb = picture(8, 8)
    bgr = rgb[:, :, ::-1].transpose(2, 0, 1).astype(np.float32)
    expected = (bgr - np.array([1, 2, 3], np.float32).reshape(3, 1, 1)) * 0.5
    np.testing.assert_array_equal(preprocess(Image.fromarray(rgb))[0].numpy(), expected)


def test_a_mean_file_gives_the_mean_by_channel_and_the_size_before_the_crop(
    tmp_path: Path,
) -> None:
    mean = np.random.RandomState(1).rand(3, 12, 10).astype(np.float32) * 100
    write_blob(tmp_path / "mean.binaryproto", mean)
    preprocess = preparing(tmp_path, 'crop_size: 8 mean_file: "mean.binaryproto"')
    assert (preprocess.__doc__ or "").startswith("BGR of a PIL image minus mean.binaryproto's mean")
    rgb = picture(12, 10)  # of the mean's size, so that resizing does nothing
    bgr = rgb[2:10, 1:9, ::-1].transpose(2, 0, 1).astype(np.float32)
    expected = bgr - mean.mean((1, 2)).reshape(3, 1, 1)
    np.testing.assert_allclose(preprocess(Image.fromarray(rgb))[0].numpy(), expected, atol=1e-4)


def test_gray_images(tmp_path: Path) -> None:
    preprocess = preparing(tmp_path, "scale: 0.00390625", channels=1)
    gray = picture(8, 8)[:, :, 0]
    found = preprocess(Image.fromarray(gray))
    assert found.shape == (1, 1, 8, 8)
    np.testing.assert_array_equal(found[0, 0].numpy(), gray / np.float32(256))


def test_a_missing_mean_file_is_said_where_it_matters(tmp_path: Path) -> None:
    preprocess = preparing(tmp_path, 'mean_file: "lost.binaryproto"')
    assert "(to do: subtract lost.binaryproto)" in (preprocess.__doc__ or "")
    notes = prepare(Request(tmp_path / "deploy.prototxt")).notes
    assert notes == ["mean file lost.binaryproto is missing: --mean FILE names it"]


@pytest.mark.parametrize("shape", [(1, 2, 8, 8), (1, 3), (1, 3, 1, 1)])
def test_what_is_no_image_gets_no_preprocess(tmp_path: Path, shape: tuple[int, ...]) -> None:
    path = tmp_path / "net.prototxt"
    path.write_text(families.head("net", *shape))
    assert images(shape, [read_net(path)]) is None


def test_a_vgg16_with_a_mean_file_stays_short(tmp_path: Path) -> None:
    mean = np.full((3, 256, 256), 116, np.float32)
    mean[:, :, ::3] = 118
    write_blob(tmp_path / "ilsvrc12_mean.binaryproto", mean)
    (tmp_path / "vgg.prototxt").write_text(families.vgg((2, 2, 3, 3, 3)))
    transform = "crop_size: 224 scale: 0.00390625 mean_file: 'ilsvrc12_mean.binaryproto'"
    data = f'layer {{ name: "d" type: "Data" top: "d" transform_param {{ {transform} }} {SOURCE} }}'
    (tmp_path / "train_val.prototxt").write_text(data)
    text = prepare(Request(tmp_path / "vgg.prototxt")).source.text
    assert text.count("\n") <= 60
    assert "torch.tensor([116.6719, 116.6719, 116.6719])" in text
