"""Blocks are found by names and by structure, and unlike ones are kept apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.convert.grouped import shortcuts as optional
from caffe2torch.convert.grouped.blocks import by_name, by_structure, unit
from caffe2torch.convert.grouped.calls import called, maker, template
from caffe2torch.convert.grouped.layer_names import KEYS, Pattern, common, suffixes
from caffe2torch.convert.grouped.steps import Flow, flow
from tests.convert import families
from tests.graph.test_graph import graph


def steps(tmp_path: Path, text: str) -> Flow:
    return flow(graph(tmp_path, text, phase="TEST"))


@pytest.mark.parametrize(
    ("key", "name", "tag"),
    [
        ("slash", "inception_3a/1x1", "inception_3a"),
        ("slash", "conv1", None),
        ("short", "res4b22_branch2a", "4b22"),
        ("short", "conv1_1", "1"),
        ("short", "bn_conv1", "1"),
        ("short", "conv2_1/dw", "2"),
        ("long", "conv2_1/dw", "2_1"),
        ("long", "relu2_1/dw", "2_1"),
        ("long", "conv6/dw", "6"),
        ("last", "Mconv1_stage3_new", "3"),
        ("last", "prelu4_2", "2"),
        ("short", "prob", None),
    ],
)
def test_the_tag_of_a_name(key: str, name: str, tag: str | None) -> None:
    span = KEYS[key](name)
    assert (name[slice(*span)] if span else None) == tag


def test_patterns_become_strings_with_holes() -> None:
    pattern = Pattern(("res{", (0, 0), '"_', (1, 2)))
    assert pattern.source(["n", "i"]) == "f'res{{{n}\"_{i + 2}'"
    assert Pattern(("a{b}",)).source([]) == '"a{b}"'
    assert pattern.shown(["n", "i"]) == "res{{n}?_{i + 2}"


def test_suffixes_tell_layers_of_a_block_apart() -> None:
    behind = [Pattern(("res", (0, 0), "_branch1")), Pattern(("res", (0, 0)))]
    assert suffixes([*behind[:1] * 2, behind[1]]) == ["branch1", "branch1", "res"]
    before = [Pattern(("conv1_", (0, 0))), Pattern(("prelu1_", (0, 0)))]
    assert suffixes(before) == ["conv1", "prelu1"]
    assert common(["3x3_reduce", "3x3", "3x3/bn"]) == "3x3"


def test_makers_are_taken_apart_and_put_together() -> None:
    made = maker("nn.Conv2d(3, 8, 3, padding=(1, 2))")
    assert made is not None
    assert dict(made.slots) == {0: "3", 1: "8", 2: "3", "padding": "(1, 2)"}
    assert made.role(1) == "outputs"
    assert made.written({0: "3", 1: "n", 2: "3", "padding": "0", "bias": "False"}) == (
        "nn.Conv2d(3, n, 3, bias=False)"
    )
    assert maker("a + b") is None
    call = called("crop({0}, {1}, axis=2, offsets=(5, 5))")
    assert call is not None
    assert template(call.written(dict(call.slots) | {"axis": "self.axis"})) == (
        "crop({0}, {1}, axis=self.axis, offsets=(5, 5))"
    )
    assert called("{0} + {1}") is None


def test_stages_and_blocks_by_name(tmp_path: Path) -> None:
    found = steps(tmp_path, families.vgg((1, 2), width=2, size=8, hidden=3))
    units = by_name(found, KEYS["short"])
    assert [unit.tag for unit in units] == ["1", "2", "6", "7"]
    assert [step.name for step in units[1].steps] == [
        "conv2_1", "relu2_1", "conv2_2", "relu2_2", "pool2",
    ]  # fmt: skip


def test_blocks_by_structure(tmp_path: Path) -> None:
    found = steps(tmp_path, families.resnet((2,), size=32, width=2))
    units = by_structure(found)
    assert [unit.steps[-1].name for unit in units] == ["res2a_relu", "res2b_relu"]
    assert units[1].steps[0].name == "res2b_branch2a"


def test_a_stretch_with_several_results_is_a_block_only_if_asked(tmp_path: Path) -> None:
    text = families.head("n", 1, 2, 4, 4) + families.conv("a1", "data", 2, 1)
    text += (
        families.conv("b1", "data", 2, 1) + families.ip("c", "a1", 2) + families.ip("d", "b1", 2)
    )
    found = steps(tmp_path, text)
    assert by_name(found, KEYS["short"]) == []
    assert [len(unit.writes) for unit in by_name(found, KEYS["short"], wide=True)] == [2]


def test_blocks_that_are_tapped_at_other_layers_are_two_classes(tmp_path: Path) -> None:
    text, bottom = families.head("T", 1, 4, 8, 8), "data"
    for n in "123":
        text += families.conv(f"a{n}", bottom, 4, 3, 1) + families.conv(f"b{n}", f"a{n}", 4, 3, 1)
        bottom = f"b{n}"
    found = steps(tmp_path, text + families.layer("Power", "tap", "a2"))
    made = [unit(found.steps[k : k + 2], found.readers(), most=2) for k in (0, 2, 4)]
    one, tapped, other = [u for u in made if u]
    assert len(tapped.writes) == 2
    ((first, second),) = optional.kinds([one, tapped, other])
    assert [first.unit, second.unit] == [one, other]
