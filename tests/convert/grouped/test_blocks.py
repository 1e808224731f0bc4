"""Blocks are net by names and by structure, and unlike ones are kept apart."""

from __future__ import annotations

from pathlib import Path

from caffe2torch.convert.grouped.blocks import by_name, by_structure
from caffe2torch.convert.grouped.layer_names import KEYS
from caffe2torch.convert.grouped.steps import Flow, flow
from tests.convert import families
from tests.graph.nets import graph


def steps(tmp_path: Path, text: str) -> Flow:
    return flow(graph(tmp_path, text, phase="TEST"))


def test_stages_and_blocks_by_name(tmp_path: Path) -> None:
    net = steps(tmp_path, families.vgg((1, 2), width=2, size=8, hidden=3))
    blocks = by_name(net, KEYS["short"])
    assert [block.tag for block in blocks] == ["1", "2", "6", "7"]
    assert [step.name for step in blocks[1].steps] == [
        "conv2_1", "relu2_1", "conv2_2", "relu2_2", "pool2",
    ]  # fmt: skip


def test_blocks_by_structure(tmp_path: Path) -> None:
    net = steps(tmp_path, families.resnet((2,), size=32, width=2))
    blocks = by_structure(net)
    assert [block.steps[-1].name for block in blocks] == ["res2a_relu", "res2b_relu"]
    assert blocks[1].steps[0].name == "res2b_branch2a"


def test_a_stretch_with_several_results_is_a_block_only_if_asked(tmp_path: Path) -> None:
    text = families.head("n", 1, 2, 4, 4) + families.conv("a1", "data", 2, 1)
    text += (
        families.conv("b1", "data", 2, 1) + families.ip("c", "a1", 2) + families.ip("d", "b1", 2)
    )
    net = steps(tmp_path, text)
    assert by_name(net, KEYS["short"]) == []
    assert [len(block.writes) for block in by_name(net, KEYS["short"], wide=True)] == [2]
