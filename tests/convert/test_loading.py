"""A net and its weights are loaded from files of every kind; damaged ones are explained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from caffe2torch.convert.loading import load, put, read_tensors
from caffe2torch.convert.state import blobs
from caffe2torch.errors import WeightsError
from caffe2torch.module.blobs import export_blobs
from caffe2torch.weights import read_weights
from tests.conftest import GOLDEN
from tests.convert.one_net import converted
from tests.graph.nets import DATA, ip

NETS = GOLDEN / "nets"


def same(found: dict[str, list[np.ndarray]], expected: dict[str, list[np.ndarray]]) -> None:  # type: ignore[type-arg]
    assert found.keys() == expected.keys()
    for layer, arrays in expected.items():
        for one, other in zip(found[layer], arrays, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-6)


@pytest.mark.parametrize("net", ["residual", "siamese", "captioner"])
@pytest.mark.parametrize("suffix", [".caffemodel", ".caffemodel.h5", ".safetensors", ".pt"])
def test_load_takes_weights_of_every_kind(tmp_path: Path, net: str, suffix: str) -> None:
    model = NETS / f"{net}_train_l0.caffemodel"
    whole = load(NETS / f"{net}.prototxt", model, seed=0)
    file = NETS / f"{net}_train_l0{suffix}"
    if suffix in (".safetensors", ".pt"):
        from safetensors.torch import save_file

        state = {key: value.clone() for key, value in whole.state_dict().items()}
        file = tmp_path / f"weights{suffix}"
        save_file(state, file) if suffix == ".safetensors" else torch.save(state, file)
    other = load(NETS / f"{net}.prototxt", file, seed=9)
    for key, value in whole.state_dict().items():
        assert torch.equal(value, other.state_dict()[key]), key
    stored = read_weights(model)
    for layer, arrays in export_blobs(whole).items():
        for array, other_array in zip(arrays, stored[layer], strict=True):
            assert other_array is not None
            np.testing.assert_array_equal(array.ravel(), other_array.ravel())


def test_a_caffemodel_is_a_net_with_weights() -> None:
    net = load(NETS / "residual_train_l0.caffemodel", phase="TRAIN")
    assert net.training
    whole = load(NETS / "residual.prototxt", NETS / "residual_train_l0.caffemodel", "TRAIN")
    assert torch.equal(net.state_dict()["c0.weight"], whole.state_dict()["c0.weight"])


def test_weights_that_do_not_fit_are_named(tmp_path: Path) -> None:
    found = converted(tmp_path, DATA + ip("a", "data", "a") + ip("b", "a", "b"))
    with pytest.raises(
        WeightsError, match=r'layer "a" \(InnerProduct\): weight has shape \(2, 2\)'
    ):
        blobs(found.graph, {"a.weight": torch.ones(2, 2)}, "x")
    path = tmp_path / "w.pt"
    torch.save({"c.weight": torch.ones(4, 3)}, path)
    with pytest.raises(WeightsError, match=r"has no tensor for any layer.*such as a\.weight"):
        put(found.built, path)


def test_a_state_dict_under_another_key_is_found(tmp_path: Path) -> None:
    path = tmp_path / "w.pt"
    torch.save({"state_dict": {"a.weight": torch.ones(1)}, "epoch": 3}, path)
    assert list(read_tensors(path) or {}) == ["a.weight"]


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda path: torch.save(torch.nn.Linear(1, 1), path), r"cannot be read as a state dict"),
        (lambda path: torch.save([1, 2], path), r"holds no state dict"),
        (lambda path: path.write_bytes(b"PK\x03\x04broken"), r"cannot be read as a state dict"),
        (lambda path: path.write_bytes(b"\x09" + bytes(7) + b'{"a": 1}}'), r"is damaged"),
    ],
    ids=["module", "list", "zip", "safetensors"],
)
def test_damaged_files_are_explained(tmp_path: Path, write: object, message: str) -> None:
    path = tmp_path / "weights"
    write(path)  # type: ignore[operator]
    with pytest.raises(WeightsError, match=message):
        read_tensors(path)
