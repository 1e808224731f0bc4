"""C2T502 deprecated-field."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires

CODE = "C2T502"
LOSS = 'type: "SoftmaxWithLoss"'


@pytest.mark.parametrize(
    ("layer", "says", "fixed"),
    [
        (
            'type: "Concat" bottom: "ip2" top: "x" concat_param { concat_dim: 1 # channels\n }',
            "write concat_param.axis",
            "concat_param { axis: 1 # channels",
        ),
        (
            'type: "Slice" bottom: "ip2" top: "x" top: "y" slice_param { slice_dim: 1 }',
            "write slice_param.axis",
            "slice_param { axis: 1 }",
        ),
    ],
)
def test_old_axes(folder: Folder, layer: str, says: str, fixed: str) -> None:
    folder.net({"": f'layer {{ name: "old" {layer} }}'})
    fires(folder, CODE, 'layer "old"', says, severity="info")
    assert fixed in check_fixed(folder, CODE)["train_val.prototxt"]


@pytest.mark.parametrize(("old", "new"), [("true", "VALID"), ("false", "BATCH_SIZE")])
def test_normalize(folder: Folder, old: str, new: str) -> None:
    folder.net({LOSS: f"{LOSS} loss_param {{ normalize: {old} }}"})
    fires(folder, CODE, "loss_param.normalize")
    text = check_fixed(folder, CODE)["train_val.prototxt"]
    assert f"loss_param {{ normalization: {new} }}" in text


def test_sizes_of_dummy_data(folder: Folder) -> None:
    dummy = "num: 1 channels: 1 height: 1 width: 1"
    folder.net({"": f'layer {{ type: "DummyData" top: "d" dummy_data_param {{ {dummy} }} }}'})
    fires(folder, CODE, "write shape { dim: ... }")


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_successors(folder: Folder) -> None:
    check_noop(folder.net({LOSS: f"{LOSS} loss_param {{ normalization: VALID }}"}), CODE)


def test_in_an_old_file_they_are_at_home(folder: Folder) -> None:
    net = """layers { name: "d" type: DATA top: "data" top: "label" data_param {
      source: "digits_train_lmdb" backend: LMDB batch_size: 64 } }
    layers { name: "c" type: CONCAT bottom: "data" top: "c" concat_param { concat_dim: 1 } }
    layers { name: "ip" type: INNER_PRODUCT bottom: "c" top: "ip"
      inner_product_param { num_output: 10 } }
    layers { name: "loss" type: SOFTMAX_LOSS bottom: "ip" bottom: "label" }"""
    check_noop(folder.write(net=net), CODE)
