"""Nets for other classes, and the maps on the way."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from caffe2torch.convert.compare import randomize
from caffe2torch.convert.loading import load
from caffe2torch.errors import GraphError
from caffe2torch.module.blobs import export_blobs, graph_of
from caffe2torch.weights import write_caffemodel
from tests.convert import families

VGG = families.vgg((1, 1), width=4, size=16, hidden=8)


def trained(folder: Path, text: str = VGG) -> tuple[Path, Path]:
    net, weights = folder / "net.prototxt", folder / "net.caffemodel"
    net.write_text(text)
    module = load(net)
    randomize(module)
    write_caffemodel(weights, graph_of(module).filtered, export_blobs(module))
    return net, weights


def test_other_classes_learn_their_layer_alone_anew(tmp_path: Path) -> None:
    net, weights = trained(tmp_path)
    whole, other = load(net, weights), load(net, weights, num_classes=7, seed=1)
    assert other(torch.ones(2, 3, 16, 16)).shape == (2, 7)
    fresh = other.state_dict()["fc8.weight"]
    assert fresh.shape == (7, 8) and float(fresh.abs().max()) > 0
    for key, value in whole.state_dict().items():
        if not key.startswith("fc8"):
            assert torch.equal(value, other.state_dict()[key])
    assert torch.equal(fresh, load(net, weights, num_classes=7, seed=1).state_dict()["fc8.weight"])


def test_every_head_gets_the_classes(tmp_path: Path) -> None:
    head = families.ip("aux", "conv1_1", 5)
    net, weights = trained(tmp_path, VGG + head)
    outputs = load(net, weights, num_classes=3)(torch.ones(1, 3, 16, 16))
    assert {blob: value.shape[1] for blob, value in outputs.items()} == {"aux": 3, "prob": 3}


def test_a_net_without_weights_has_no_classes(tmp_path: Path) -> None:
    path = tmp_path / "net.prototxt"
    path.write_text(families.head("net", 1, 3, 8, 8) + families.relu("r", "data"))
    with pytest.raises(GraphError, match="has no layer whose outputs are classes"):
        load(path, num_classes=2)


def test_features_are_the_last_map_of_each_size(tmp_path: Path) -> None:
    net, weights = trained(tmp_path)
    features = load(net, weights, features_only=True)(torch.ones(1, 3, 16, 16))
    assert {blob: tuple(value.shape) for blob, value in features.items()} == {
        "conv1_1": (1, 4, 16, 16), "conv2_1": (1, 8, 8, 8), "pool2": (1, 8, 4, 4),
    }  # fmt: skip


def test_named_blobs_come_out(tmp_path: Path) -> None:
    net, weights = trained(tmp_path)
    outputs = load(net, weights, out_blobs=["fc7", "prob"])(torch.ones(1, 3, 16, 16))
    assert list(outputs) == ["fc7", "prob"]
    torch.testing.assert_close(outputs["prob"], load(net, weights)(torch.ones(1, 3, 16, 16)))
    with pytest.raises(GraphError, match=r'has no blob "fc77" → it has: fc7'):
        load(net, weights, out_blobs=["fc77"])
