"""Weights find their layers, whatever module they have become a part of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from caffe2torch.convert.conversion import run
from caffe2torch.convert.convert import written
from caffe2torch.convert.keys import by_layer, owners, paths_of
from caffe2torch.convert.loading import load, read_tensors
from caffe2torch.convert.state import blobs
from caffe2torch.module.blobs import export_blobs
from tests.convert import families
from tests.convert.one_net import converted

NETS = {
    "resnet": families.resnet((2, 1), size=32, width=4),
    "vgg": families.vgg((2, 2, 2), width=4, size=16, hidden=8),
    "googlenet": families.googlenet(divide=16, size=64),
    "siamese": families.siamese(),
}


def test_the_layer_of_a_key() -> None:
    by_path = {"stage1.conv_1": "conv1_1", "fc": "fc"}
    assert by_layer("stage1.conv_1.weight", by_path) == "conv1_1.weight"
    assert by_layer("module.net.stage1.conv_1.bias", by_path) == "conv1_1.bias"
    assert by_layer("fc.weight", by_path) == "fc.weight"
    assert by_layer("a.b.c.weight", by_path) == "c.weight"
    assert owners({"cv_a": "f.cv_a", "cv_b": "f.cv_a"}) == {"f.cv_a": "cv_a"}


@pytest.mark.parametrize("net", NETS)
def test_names_are_a_persons(tmp_path: Path, net: str) -> None:
    found = converted(tmp_path, NETS[net])
    for key in found.module.state_dict():
        parts = key.split(".")
        assert all(part.isidentifier() for part in parts), key
        assert len(set(parts)) == len(parts), key


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("target", ["safetensors", "state-dict"])
def test_written_weights_are_read_by_layer(tmp_path: Path, net: str, target: str) -> None:
    found = converted(tmp_path, NETS[net])
    file = tmp_path / ("w.safetensors" if target == "safetensors" else "w.pt")
    list(written(found, [target], file))
    tensors = read_tensors(file)
    assert tensors is not None
    layers = {node.name for node in found.graph.nodes}
    assert {key.rpartition(".")[0] for key in tensors} <= layers
    other = load(found.graph.net, file)
    for layer, arrays in export_blobs(other).items():
        for one, stored in zip(arrays, export_blobs(found.built)[layer], strict=True):
            if one.shape == stored.shape and not layer.startswith("bn"):  # folded: averages
                np.testing.assert_array_equal(one, stored)


@pytest.mark.parametrize("net", NETS)
def test_weights_that_another_program_saved_are_found_by_their_names(
    tmp_path: Path, net: str
) -> None:
    found = converted(tmp_path, NETS[net])
    torch.save({f"module.{k}": v for k, v in found.module.state_dict().items()}, tmp_path / "w.pt")
    tensors = read_tensors(tmp_path / "w.pt")
    assert tensors is not None
    arrays = blobs(found.graph, tensors, "w.pt")
    assert arrays.keys() == {node.name for node in found.graph.nodes if node.params}
    by_path = owners(paths_of(found.graph, list(tensors)))
    for key in found.module.state_dict():
        assert by_layer(f"module.{key}", by_path) == by_layer(key, owners(found.source.paths))


@pytest.mark.parametrize("net", NETS)
def test_weights_load_into_a_part_of_a_larger_net(tmp_path: Path, net: str) -> None:
    found = converted(tmp_path, NETS[net])
    list(written(found, ["safetensors"], tmp_path / "w.safetensors"))
    state = load_file(tmp_path / "w.safetensors")

    class Larger(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.backbone = type(found.module)()

    larger = Larger()
    larger.load_state_dict({f"backbone.{key}": value for key, value in state.items()})
    larger.eval()
    result = run(larger.backbone, found.inputs)
    expected = run(found.module, found.inputs)
    if isinstance(result, torch.Tensor):
        result, expected = {"": result}, {"": expected}
    assert isinstance(result, dict) and isinstance(expected, dict)
    for blob, value in result.items():
        assert torch.equal(value, expected[blob])
