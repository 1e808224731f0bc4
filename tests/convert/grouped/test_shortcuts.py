"""Blocks that are alike but for a branch are of one kind."""

from __future__ import annotations

from pathlib import Path

from caffe2torch.convert.grouped.blocks import as_block, by_structure
from caffe2torch.convert.grouped.shortcuts import group_alike, missing
from caffe2torch.convert.grouped.steps import Flow, flow
from tests.convert import families
from tests.graph.nets import graph


def steps(tmp_path: Path, text: str) -> Flow:
    return flow(graph(tmp_path, text, phase="TEST"))


def test_blocks_that_are_tapped_at_other_layers_are_two_classes(tmp_path: Path) -> None:
    text, bottom = families.head("T", 1, 4, 8, 8), "data"
    for n in "123":
        text += families.conv(f"a{n}", bottom, 4, 3, 1) + families.conv(f"b{n}", f"a{n}", 4, 3, 1)
        bottom = f"b{n}"
    net = steps(tmp_path, text + families.layer("Power", "tap", "a2"))
    blocks = [as_block(net.steps[k : k + 2], net.readers(), most=2) for k in (0, 2, 4)]
    one, tapped, other = [block for block in blocks if block]
    assert len(tapped.writes) == 2
    ((first, second),) = group_alike([one, tapped, other])
    assert [first.block, second.block] == [one, other]


def test_a_projection_that_only_some_blocks_have_is_an_optional_branch(tmp_path: Path) -> None:
    net = steps(tmp_path, families.resnet((2,), size=32, width=2))
    (rows,) = group_alike(by_structure(net))
    # the fullest first: res2a with its branch1, then res2b without
    assert [row.block.steps[-1].name for row in rows] == ["res2a_relu", "res2b_relu"]
    names = [step.name for step in rows[0].block.steps]
    lacking = [names[k] for k in missing(rows)]
    assert lacking and all("branch1" in name for name in lacking)
    assert [step.name for step in rows[1].steps if step] == [
        step.name for step in rows[1].block.steps
    ]


def test_blocks_of_other_kernels_are_one_kind_and_a_single_one_is_none(tmp_path: Path) -> None:
    text = families.head("n", 1, 4, 8, 8)
    for n, (bottom, kernel) in {"1": ("data", 1), "2": ("b1", 3)}.items():
        text += families.conv(f"a{n}", bottom, 4, kernel, kernel // 2)
        text += families.conv(f"b{n}", f"a{n}", 4, 1)
    net = steps(tmp_path, text)
    alike = [as_block(net.steps[k : k + 2], net.readers()) for k in (0, 2)]
    ((first, second),) = group_alike([block for block in alike if block])
    assert [first.block, second.block] == alike
    assert group_alike([block for block in alike[:1] if block]) == []
