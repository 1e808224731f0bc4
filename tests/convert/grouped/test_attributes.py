"""Submodules are called by what their place does not say already."""

from __future__ import annotations

import pytest

from caffe2torch.convert.grouped.attributes import attribute, attributes, inside, kind, of_patterns
from caffe2torch.convert.grouped.layer_names import Pattern

CONV, RELU = "nn.Conv2d(3, 4, 1)", "nn.ReLU(inplace=True)"


@pytest.mark.parametrize(
    ("text", "init", "name"),
    [
        ("conv1", CONV, "conv1"),
        ("conv1/7x7_s2", CONV, "conv1_7x7_s2"),
        ("3x3_reduce", CONV, "conv_3x3_reduce"),
        ("_x__y.", CONV, "x_y"),
        ("class", CONV, "class_"),
        ("forward", CONV, "forward_2"),
        ("append", CONV, "append_2"),
        ("flatten", CONV, "flatten_2"),
        ("卷积1", CONV, "conv_1"),
        ("", "make(3)", "make"),
        ("ip=1;print(666);self.y", CONV, "ip_1_print_666_self_y"),
    ],
)
def test_a_name_becomes_an_attribute(text: str, init: str, name: str) -> None:
    assert attribute(text, init, set()) == name
    assert attribute(text, init, {name}) != name


def test_the_kind_of_a_module() -> None:
    inits = (CONV, "nn.BatchNorm2d(4)", "CaffeScale((4,))", "")
    assert [kind(init) for init in inits] == ["conv", "batchnorm", "caffescale", "layer"]


def test_a_groups_own_name_is_left_out() -> None:
    names = ["inception_3a/1x1", "inception_3a/relu", "inception_3abc", "inception_3a/relu."]
    assert attributes(names, [CONV, RELU, CONV, RELU], "inception_3a") == [
        "conv_1x1", "relu", "inception_3abc", "relu_2",
    ]  # fmt: skip
    assert inside("pool_proj", ["pool", "pool_proj"], [RELU, CONV]) == ["pool", "conv"]


def test_a_repeated_layer_is_called_by_what_stands_behind_the_tag() -> None:
    tag, number = (0, 0), (1, 0)
    patterns = [
        Pattern(("res", tag, "_branch2a")), Pattern(("bn", tag, "_branch2a")),
        Pattern(("res", tag, "_branch2a_relu")),
    ]  # fmt: skip
    names = of_patterns(patterns, [CONV, "nn.BatchNorm2d(4)", RELU])
    assert names == ["branch2a", "bn_branch2a", "branch2a_relu"]
    stage = [Pattern(("conv", tag, "_", number)), Pattern(("pool", tag))]
    assert of_patterns(stage, [CONV, "nn.MaxPool2d(2)"]) == ["conv_{i}", "pool"]
