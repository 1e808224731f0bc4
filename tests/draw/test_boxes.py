"""What is written in boxes, on tags, and in their details."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.draw.boxes import block_name, shapes_text
from caffe2torch.draw.parts import Part
from caffe2torch.draw.wiring import Vertex
from tests.draw.one_picture import LENET, boxes, drawn, kinds, texts


def test_boxes_say_what_the_layers_are_and_fold_those_in_place(tmp_path: Path) -> None:
    picture = drawn(tmp_path, LENET, "TRAIN")
    assert boxes(picture) == {
        "mnist": [
            "Data", "source mnist_train_lmdb", "batch_size 64, backend LMDB", "shape assumed",
        ],
        "conv1": ["Convolution", "kernel 5×5, num_output 20"],
        "pool1": ["Pooling MAX", "kernel 2×2, stride 2"],
        "conv2": ["Convolution", "kernel 5×3, pad 0×1", "num_output 50"],
        "pool2": ["Pooling AVE", "kernel 2×2, stride 2"],
        "ip1": [
            "InnerProduct", "num_output 500", "+ relu1 (ReLU)", "+ drop1 (Dropout)",
            "dropout_ratio 0.4",
        ],
        "ip2": ["InnerProduct", "num_output 10, lr_mult 0"],
        "loss": ["SoftmaxWithLoss", "→ loss: scalar"],
    }  # fmt: skip
    assert kinds(picture) == {
        "mnist": ["data"], "conv1": ["convolution"], "pool1": ["pooling"],
        "conv2": ["convolution"], "pool2": ["pooling"], "ip1": ["inner product", "in place"],
        "ip2": ["inner product"], "loss": ["loss", "blob"],
    }  # fmt: skip
    assert picture.notes == ["assumed shapes, since the data are not here: mnist"]


def test_a_layer_of_a_stage_is_drawn_with_all_others(tmp_path: Path) -> None:
    text = """
layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }
layer { name: "deploy" type: "Softmax" bottom: "x" top: "p" include { stage: "deploy" } }
layer { name: "loss" type: "EuclideanLoss" bottom: "x" bottom: "x" top: "l"
  exclude { stage: "deploy" } }
"""
    assert boxes(drawn(tmp_path, text))["deploy"] == ["Softmax", "deploy only", "→ p: ?"]
    assert "deploy" not in boxes(drawn(tmp_path, text, "TEST"))


def test_shared_parameters_are_named(tmp_path: Path) -> None:
    text = """
layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 1 dim: 4 } } }
layer { name: "a" type: "InnerProduct" bottom: "x" top: "a" param { name: "w" }
  inner_product_param { num_output: 4 bias_term: false } }
"""
    assert "num_output 4, param w" in boxes(drawn(tmp_path, text))["a"]


def named(name: str) -> Part:
    return Part([Vertex(0, pb.LayerParameter(name=name), frozenset())], [])


@pytest.mark.parametrize(
    ("names", "shared"),
    [
        (["res4b1_branch2a", "res4b1_branch2b", "res4b1"], "res4b1"),
        (["conv2/3x3", "conv2/5x5"], "conv2"),
        (["conv1", "conv10"], "conv1"),  # no word begins both: the first name stands for all
        (["a", "b"], "a"),
    ],
)
def test_a_block_is_called_what_its_layers_names_share(names: list[str], shared: str) -> None:
    assert block_name([named(name) for name in names]) == shared


@pytest.mark.parametrize(
    ("shapes", "text"),
    [
        ({}, ""),
        ({"TRAIN": ()}, "scalar"),
        ({"TRAIN": (64, 3, 28, 28)}, "64×3×28×28"),
        ({"TRAIN": (64, 3), "TEST": (64, 3)}, "64×3"),
        ({"TRAIN": (64, 3), "TEST": (100, 3)}, "64/100×3"),
        ({"TRAIN": (64, 3), "TEST": (64,)}, "64×3 / 64"),
    ],
)
def test_shapes_differ_only_where_the_phases_do(shapes: dict, text: str) -> None:
    assert shapes_text(shapes) == text


def test_details_tell_all_fields_and_who_makes_and_reads_a_blob(tmp_path: Path) -> None:
    picture = drawn(tmp_path, LENET, "TRAIN")
    (conv1,) = (item for item in picture.items if texts(item)[0] == "conv1")
    assert conv1.details[:3] == (
        "conv1 (Convolution)", "bottom data 64×1×28×28", "top conv1 64×20×24×24",
    )  # fmt: skip
    assert "  kernel_size: 5" in conv1.details
    tags = [item for item in picture.items if item.tag and item.words == ("conv1",)]
    assert tags[0].details == (
        "blob conv1 64×20×24×24", "made by conv1", "read by pool1",
    )  # fmt: skip
