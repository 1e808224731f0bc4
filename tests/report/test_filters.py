"""First-layer filters as a picture."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from caffe2torch import caffe_pb2 as pb
from caffe2torch.report.filters import COLUMNS, filters, tiled
from caffe2torch.weights.model import write_caffemodel


def save(path: Path, *shape: int) -> None:
    net = pb.NetParameter()
    net.layer.add(name="conv1", type="Convolution")
    weight = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    write_caffemodel(path, net, {"conv1": [weight]})


def test_each_filter_has_its_darkest_and_lightest_pixel_and_blue_comes_first() -> None:
    weights = np.zeros((2, 3, 28, 28), np.float32)
    weights[0, 0, 0, 0], weights[1, 2, 5, 5] = 3.0, -1.0
    sheet = tiled(weights)
    assert sheet.shape == (30, 60, 3)
    assert sheet[1, 1].tolist() == [0, 0, 255]
    assert sheet[6, 36].tolist() == [0, 255, 255]
    assert sheet[0].tolist() == [[127] * 3] * 60


def test_small_filters_are_enlarged_and_rows_are_full() -> None:
    assert tiled(np.ones((COLUMNS + 1, 1, 3, 3), np.float32)).shape == (2 * 32, COLUMNS * 32, 3)


def test_the_newest_snapshot_that_is_there_is_drawn(tmp_path: Path) -> None:
    save(tmp_path / "a_iter_5.caffemodel", 4, 3, 5, 5)
    names = ["gone/a_iter_5.caffemodel", "gone/a_iter_9.caffemodel"]
    (picture,) = filters(tmp_path / "a_run", names)
    assert 'first 4 of 4 filters of layer "conv1" in a_iter_5.caffemodel' in picture.text
    assert Image.open(io.BytesIO(picture.png)).size == (4 * 32, 32)


def test_nothing_is_drawn_of_other_layers_damaged_files_and_no_snapshots(tmp_path: Path) -> None:
    save(tmp_path / "flat.caffemodel", 4, 3)
    save(tmp_path / "pixel.caffemodel", 4, 3, 1, 1)
    (tmp_path / "cut.caffemodel").write_bytes(b"\x12\xff\xff")
    for name in ("flat", "pixel", "cut", "none"):
        assert filters(tmp_path, [f"{name}.caffemodel"]) == []
