"""A net in numbers: parameters, multiply-adds and memory, counted by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.inspect import Report, inspect_file
from caffe2torch.inspect.render import lines
from tests.conftest import ROOT

SOLVERS = ROOT / "solvers"


def phase(report: Report, name: str) -> dict:
    (found,) = (p for p in report.json["phases"] if p["phase"] == name)
    return found


def layer(found: dict, name: str) -> dict:
    return next(one for one in found["layers"] if one["name"] == name)


@pytest.fixture(scope="module")
def lenet() -> Report:
    return inspect_file(SOLVERS / "mnist_lenet" / "train_val.prototxt")


def test_lenet_has_the_parameters_of_its_paper_form(lenet: Report) -> None:
    train = phase(lenet, "TRAIN")
    # 20·25+20, 50·20·25+50, 800·500+500, 500·10+10
    counts = {one["name"]: one["parameters"] for one in train["layers"] if one["parameters"]}
    assert counts == {"conv1": 520, "conv2": 25_050, "ip1": 400_500, "ip2": 5_010}
    assert train["parameters"] == 431_080
    assert train["statistics"] == 0
    assert layer(train, "conv2")["parameter_shapes"] == {"weight": [50, 20, 5, 5], "bias": [50]}


def test_lenets_multiply_adds_are_those_of_a_batch_of_64(lenet: Report) -> None:
    train = phase(lenet, "TRAIN")
    assert train["batch"] == 64
    assert layer(train, "conv1")["macs"] == 64 * 20 * 24 * 24 * 25
    assert layer(train, "conv2")["macs"] == 64 * 50 * 8 * 8 * 20 * 25
    assert layer(train, "ip1")["macs"] == 64 * 500 * 800
    assert layer(train, "pool1")["macs"] == 64 * 20 * 12 * 12 * 4
    assert train["macs_learned"] == 64 * 2_293_000


def test_lenets_memory_to_train(lenet: Report) -> None:
    train = phase(lenet, "TRAIN")["memory"]["train"]
    assert train["method"] == "SGD"
    assert train["parameters_bytes"] == train["gradients_bytes"] == train["history_bytes"]
    assert train["parameters_bytes"] == 4 * 431_080
    blobs = 64 * (784 + 1 + 11_520 + 2_880 + 3_200 + 800 + 500 + 10) + 1
    places = 64 * (2_880 + 800)  # of the maxima, as int64
    assert train["activations_bytes"] == 4 * blobs + 8 * places
    # The rectifier behind conv1 has the largest top and bottom.
    assert train["activation_gradients_bytes"] == 4 * 64 * 2 * 11_520
    parts = (value for key, value in train.items() if key not in ("method", "total_bytes"))
    assert train["total_bytes"] == sum(parts)


def test_running_holds_only_what_is_still_read(lenet: Report) -> None:
    run = phase(lenet, "TEST")["memory"]["run"]
    # While pool1 reads conv1's top; the labels wait for the loss, of which the Split is a view.
    assert run["activations_bytes"] == 4 * 100 * (11_520 + 2_880 + 1)
    assert "train" not in phase(lenet, "TEST")["memory"]


def test_alexnet_in_two_groups() -> None:
    train = phase(inspect_file(SOLVERS / "alexnet" / "train_val.prototxt"), "TRAIN")
    assert train["parameters"] == 60_965_224
    each = {one["name"]: one["macs"] // 256 for one in train["layers"] if one["parameters"]}
    assert each == {
        "conv1": 105_415_200,
        "conv2": 223_948_800,
        "conv3": 149_520_384,
        "conv4": 112_140_288,
        "conv5": 74_760_192,
        "fc6": 37_748_736,
        "fc7": 16_777_216,
        "fc8": 4_096_000,
    }
    assert train["macs_learned"] == 256 * 724_406_816


def test_vgg16_has_its_published_parameters() -> None:
    found = phase(inspect_file(SOLVERS / "vgg16" / "deploy.prototxt"), "TEST")
    assert found["parameters"] == 138_357_544


def test_phases_with_the_same_layers_are_told_once() -> None:
    report = inspect_file(SOLVERS / "mnist_lenet" / "deploy.prototxt")
    text = list(lines(report))
    assert "TRAIN and TEST: 11 layers, batch 1" in text
    assert sum(line.startswith("parameters") for line in text) == 1
    assert len(report.json["phases"]) == 2


def test_batchnorms_statistics_are_no_parameters(tmp_path: Path) -> None:
    (tmp_path / "n").write_text(
        'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 5 dim: 3 } } }'
        'layer { name: "b" type: "BatchNorm" bottom: "x" top: "b" }'
        'layer { name: "s" type: "Scale" bottom: "b" top: "b" scale_param { bias_term: true } }'
    )
    report = inspect_file(tmp_path / "n")
    found = phase(report, "TEST")
    assert (found["parameters"], found["statistics"]) == (10, 11)  # 5 means, 5 variances, a factor
    assert "parameters   10 and 11 statistics" in list(lines(report))
    # BatchNorm makes a new blob, and torch makes one for a Scale in place, too.
    assert [one["activation_bytes"] for one in found["layers"]] == [120, 120, 120]


def test_shared_parameters_count_once(tmp_path: Path) -> None:
    ip = 'inner_product_param { num_output: 4 bias_term: false } param { name: "w" }'
    (tmp_path / "n").write_text(
        'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 4 } } }'
        f'layer {{ name: "a" type: "InnerProduct" bottom: "x" top: "a" {ip} }}'
        f'layer {{ name: "b" type: "InnerProduct" bottom: "a" top: "b" {ip} }}'
    )
    report = inspect_file(tmp_path / "n")
    assert phase(report, "TEST")["parameters"] == 16
    (row,) = (line for line in lines(report) if line.startswith("b "))
    assert row.split()[3] == "shared"


def test_a_phase_without_layers_is_told_in_a_line(tmp_path: Path) -> None:
    path = tmp_path / "test_only.prototxt"
    path.write_text(
        'layer { name: "d" type: "Input" top: "d" input_param { shape { dim: [1, 3, 8, 8] } } '
        "include { phase: TEST } }"
    )
    told = [line.rstrip() for line in lines(inspect_file(path))]
    assert "TRAIN: no layers" in told and "TEST: 1 layers, batch 1" in told
    assert told.index("TEST: 1 layers, batch 1") < told.index("TRAIN: no layers")
