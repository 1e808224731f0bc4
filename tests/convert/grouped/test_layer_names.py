"""Tags of names, and patterns with holes for them."""

from __future__ import annotations

import pytest

from caffe2torch.convert.grouped.layer_names import KEYS, Pattern, common, suffixes


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
