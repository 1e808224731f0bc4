"""C2T120 transform-ignored."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires

CODE = "C2T120"

TRANSFORM = """  transform_param {
    scale: 0.00390625
    mean_file: "mean.binaryproto"
  }
"""
BATCH = "batch_size: 64"


def test_scale_in_data_param(folder: Folder) -> None:
    folder.net({BATCH: f"{BATCH}\n    scale: 0.5 mirror: true"})
    fires(folder, CODE, "holds scale: 0.5, mirror: true, which Caffe ignores", severity="warning")


def test_hdf5(folder: Folder) -> None:
    folder.net({'type: "Data"': 'type: "HDF5Data"', "data_param": "hdf5_data_param"})
    folder.net({"    backend: LMDB\n": ""})
    fires(folder, CODE, "HDF5Data layer", "Caffe stops", severity="error")


def test_window_data(folder: Folder) -> None:
    folder.net({'type: "Data"': 'type: "WindowData"', "data_param": "window_data_param"})
    folder.net({"    backend: LMDB\n": ""})
    fires(folder, CODE, "ignores transform_param.scale 0.00390625", severity="warning")


@pytest.mark.parametrize("field", ["rand_skip: 10", "force_encoded_color: true"])
def test_dead_fields(folder: Folder, field: str) -> None:
    folder.net({BATCH: f"{BATCH}\n    {field}"})
    fires(folder, CODE, f"{field.split(':')[0]} of", "no effect", severity="info")


def test_raw_records_are_never_forced(folder: Folder) -> None:
    folder.net({"scale: 0.00390625": "scale: 0.00390625 force_gray: true"})
    fires(folder, CODE, "the records are raw pixels", severity="warning")


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_said_twice_alike(folder: Folder) -> None:
    check_noop(folder.net({BATCH: f"{BATCH}\n    scale: 0.00390625"}), CODE)


def test_old_layers_count(folder: Folder) -> None:
    net = """layers { name: "d" type: DATA top: "data" top: "label" data_param {
      source: "digits_train_lmdb" backend: LMDB batch_size: 64 scale: 0.004 } }
    layers { name: "ip" type: INNER_PRODUCT bottom: "data" top: "ip"
      inner_product_param { num_output: 10 } }
    layers { name: "loss" type: SOFTMAX_LOSS bottom: "ip" bottom: "label" }"""
    check_noop(folder.write(net=net), CODE)


def test_fix(folder: Folder) -> None:
    inside = BATCH + '\n    scale: 0.00390625\n    mean_file: "mean.binaryproto"'
    folder.net({TRANSFORM: "", BATCH: inside})
    text = check_fixed(folder, CODE)["train_val.prototxt"]
    assert 'transform_param { scale: 0.00390625 mean_file: "mean.binaryproto" }' in text


def test_fix_beside_other_settings(folder: Folder) -> None:
    text = check_fixed(folder.net({BATCH: f"{BATCH}\n    mirror: true"}), CODE)[
        "train_val.prototxt"
    ]
    assert 'mean_file: "mean.binaryproto"\n    mirror: true\n  }' in text
