"""`c2t import` of foreign data sets, from the command line to the records."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import h5py
import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from caffe2torch.caffe_pb2 import AnnotatedDatum
from caffe2torch.cli import cli
from caffe2torch.data.datum import decode
from caffe2torch.data.importers import cifar10
from caffe2torch.data.sources import open_source
from tests.data.importers.test_boxes import voc


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(a) for a in arguments])


def records(path: Path) -> list[tuple[bytes, bytes]]:
    source = open_source(str(path))
    out = list(source)
    source.close()
    return out


@pytest.mark.parametrize("kind", ["npz", "hdf5"])
def test_arrays(kind: str, tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (6, 4, 5, 3), dtype=np.uint8)
    if kind == "npz":
        np.savez(tmp_path / "file", x=images, y=np.arange(6))
        file = tmp_path / "file.npz"
    else:
        file = tmp_path / "file.h5"
        with h5py.File(file, "w") as h5:
            h5["x"], h5["y"] = images, np.arange(6)
    result = run("import", kind, file, tmp_path / "db", "--layout", "nhwc", "--shuffle")
    assert result.output.startswith(f"{tmp_path}/db: 6 records of 3x4x5, labels 0..5\nnext:")
    for _, value in records(tmp_path / "db"):
        pixels, label = decode(value)
        assert (pixels == images[label].transpose(2, 0, 1)[::-1]).all()


def test_cifar10(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in [*cifar10.TRAIN, *cifar10.TEST]:
        (tmp_path / "in" / f"{name}.bin").write_bytes(bytes([3]) + bytes(3072))
    result = run("import", "cifar10", tmp_path / "in", tmp_path / "out")
    assert "cifar10_train_lmdb: 5 records of 3x32x32, labels 3..3" in result.output
    assert "cifar10_test_lmdb: 1 record of 3x32x32" in result.output


class Pictures:
    """A data set as torchvision's: (picture, label), chosen by `train`."""

    classes = ["a", "b"]

    def __init__(self, root: str, train: bool = True, download: bool = False) -> None:
        self.count = 4 if train else 2

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> tuple[Any, int]:
        return Image.new("RGB", (3, 2), (index, 0, 9)), index % 2


def test_torchvision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module, datasets = ModuleType("torchvision"), ModuleType("torchvision.datasets")
    module.datasets, datasets.CIFAR10 = datasets, Pictures  # type: ignore[attr-defined]
    datasets.__all__ = ["CIFAR10"]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torchvision", module)
    monkeypatch.setitem(sys.modules, "torchvision.datasets", datasets)
    result = run("import", "torchvision", "CIFAR10", tmp_path, tmp_path / "db", "--split", "test")
    assert result.output.startswith(f"{tmp_path}/db: 2 records of 3x2x3, labels 0..1\n")
    pixels, label = decode(records(tmp_path / "db")[1][1])
    assert (pixels[:, 0, 0].tolist(), label) == ([9, 0, 1], 1)  # blue first
    wrong = run("import", "torchvision", "CIFAR11", tmp_path, tmp_path / "x")
    assert wrong.exit_code == 2
    assert 'did you mean "CIFAR10' in wrong.stderr


def test_voc_and_coco(tmp_path: Path) -> None:
    Image.new("RGB", (20, 10)).save(tmp_path / "x.jpg")
    folder = voc(tmp_path / "voc", (tmp_path / "x.jpg").read_bytes())
    result = run("import", "voc", folder, "trainval", tmp_path / "voc_db")
    assert "voc_db: 1 image, 2 objects of 20 classes" in result.output
    assert 'name: "cat"\n  label: 8' in (tmp_path / "labelmap.prototxt").read_text()
    (tmp_path / "a.json").write_text(json.dumps({
        "categories": [{"id": 3, "name": "car"}],
        "images": [{"id": 7, "file_name": "x.jpg", "width": 20, "height": 10}],
        "annotations": [{"image_id": 7, "category_id": 3, "bbox": [2, 1, 8, 4]}],
    }))  # fmt: skip
    coco = ("import", "coco", tmp_path / "a.json", tmp_path, tmp_path / "coco_db")
    refused = run(*coco)
    assert refused.exit_code == 2
    assert "labelmap.prototxt exists already" in refused.output  # the labels of VOC
    assert 'name: "cat"\n  label: 8' in (tmp_path / "labelmap.prototxt").read_text()
    result = run(*coco, "--force")
    assert "coco_db: 1 image, 1 object of 1 classes" in result.output
    record = AnnotatedDatum.FromString(records(tmp_path / "coco_db")[0][1])
    assert record.annotation_group[0].group_label == 1
