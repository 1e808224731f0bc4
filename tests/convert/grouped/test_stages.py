"""Chains that repeat one group of layers, and those that only look like it."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.convert.grouped.blocks import Block, by_name
from caffe2torch.convert.grouped.layer_names import KEYS
from caffe2torch.convert.grouped.stages import Stage, as_stage
from caffe2torch.convert.grouped.steps import Step, flow
from tests.convert.families import conv, head, layer, pool, relu
from tests.graph.nets import graph


def chain(*widths: int, kernels: tuple[int, ...] = ()) -> str:
    """conv2_1, relu2_1, conv2_2, ... of these widths, and kernels of 3 unless said otherwise."""
    text, bottom = head("n", 1, 2, 8, 8), "data"
    for i, width in enumerate(widths, 1):
        kernel = kernels[i - 1] if kernels else 3
        name = f"conv2_{i}"
        text += conv(name, bottom, width, kernel, kernel // 2) + relu(f"relu2_{i}", name)
        bottom = name
    return text


def stage(tmp_path: Path, text: str) -> Stage | None:
    net = flow(graph(tmp_path, text, phase="TEST"))
    (block,) = by_name(net, KEYS["short"])
    return as_stage(block)


def test_a_repeated_group_and_its_tail(tmp_path: Path) -> None:
    found = stage(tmp_path, chain(4, 4, 6) + pool("pool2", "conv2_3", 2, 2))
    assert found is not None
    assert found.channels == ("2", "4", "4", "6")
    assert [one.init for one in found.layers] == [
        "nn.Conv2d(inputs, outputs, 3, padding=1)", "nn.ReLU(inplace=True)",
    ]  # fmt: skip
    assert [one.init for one in found.tail] == ["nn.MaxPool2d(2, stride=2, ceil_mode=True)"]
    repeated, tail = found.attributes
    assert (repeated, tail) == (["conv_{i}", "relu_{i}"], ["pool"])
    assert found.paths()["conv2_3"] == "conv_3" and found.paths()["pool2"] == "pool"


def test_stages_of_other_widths_are_of_one_kind(tmp_path: Path) -> None:
    one, other = (stage(tmp_path, chain(*widths)) for widths in ((4, 4), (6, 8, 8)))
    assert one is not None and other is not None
    assert one.kind == other.kind and one.channels != other.channels


@pytest.mark.parametrize(
    "text",
    [
        chain(4),  # once is no repetition
        chain(4, 4, kernels=(3, 1)),  # another kernel
        chain(4, 4) + layer("Power", "tap", "conv2_1"),  # read outside, where it is tapped
    ],
    ids=["once", "kernels", "tapped"],
)
def test_what_is_no_stage(tmp_path: Path, text: str) -> None:
    net = flow(graph(tmp_path, text, phase="TEST"))
    blocks = by_name(net, KEYS["short"])
    assert [as_stage(block) for block in blocks] == [None] * len(blocks)


@pytest.mark.parametrize(("second_reads", "is_stage"), [(1, True), (0, False)])
def test_each_step_of_a_stage_reads_the_one_before(second_reads: int, is_stage: bool) -> None:
    init, call = "nn.Conv2d({}, 4, 3)", "{self}({0})"
    steps = (
        Step("conv2_1", "Convolution", init.format(4), call, (0,), (1,), ()),
        Step("conv2_2", "Convolution", init.format(4), call, (second_reads,), (2,), ()),
    )
    block = Block(steps, (0,), (2,), ((4, 5), (4, 5)))
    assert (as_stage(block) is not None) == is_stage
