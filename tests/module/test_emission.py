"""What is decided about a graph before its source is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.module.emission import Emission
from tests.graph.nets import DATA, graph, ip, relu

A = DATA + ip("a", "data", "a")
LOSS = 'layer {{ name: "l" type: "EuclideanLoss" bottom: "{}" bottom: "{}" top: "l" }}\n'
TANH = 'layer {{ name: "{0}" type: "TanH" bottom: "{1}" top: "{2}" }}\n'
NORM = """
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 1 dim: 2 dim: 3 dim: 3 } } }
layer { name: "bn" type: "BatchNorm" bottom: "x" top: "y" }
layer { name: "sc" type: "Scale" bottom: "y" top: "z" scale_param { bias_term: true } }
"""


def emission(
    tmp_path: Path, text: str, returns: tuple[str, ...] = (), **options: object
) -> Emission:
    join = bool(options.pop("join", False))
    return Emission(graph(tmp_path, text, **options), list(returns), join)


def named(found: Emission, positions: object) -> list[str]:
    return [found.graph.nodes[i].name for i in sorted(positions)]  # type: ignore[call-overload]


def test_a_blob_is_a_variable_and_a_source_brings_arguments(tmp_path: Path) -> None:
    text = DATA.replace('"data"', '"self"') + ip("1st", "self", "1st") + ip("class", "1st", "F")
    found = emission(tmp_path, text)
    assert len(set(found.variables.values())) == 3
    assert all(name.isidentifier() for name in found.variables.values())
    assert not {"self", "torch", "nn", "F"} & set(found.variables.values())
    assert found.arguments == [found.variables["self"]]


def test_the_tops_of_a_split_are_one_variable(tmp_path: Path) -> None:
    found = emission(tmp_path, A + ip("b", "a", "b") + ip("c", "a", "c"))
    assert {found.variables[f"a_a_0_split_{i}"] for i in (0, 1)} == {found.variables["a"]}


def test_a_layer_may_overwrite_what_nobody_needs_any_more(tmp_path: Path) -> None:
    text = A + relu("r", "a", "a") + TANH.format("t", "a", "t") + relu("s", "t", "t")
    found = emission(tmp_path, text)
    assert named(found, found.writable) == ["r"]  # TanH keeps its top
    apart = emission(tmp_path, A + relu("r", "a", "r"))
    assert apart.writable == set()  # not in place in Caffe


def test_layers_whose_bottom_is_overwritten_have_a_rule_or_read_again(tmp_path: Path) -> None:
    """The backward of an inner product reads its bottom, which r has overwritten by then."""
    flat = 'layer { name: "f" type: "Flatten" bottom: "a" top: "f" }\n'
    text = A + flat + ip("b", "a", "b") + relu("r", "f", "f") + LOSS.format("b", "f")
    found = emission(tmp_path, text)
    i = next(i for i, node in enumerate(found.graph.nodes) if node.name == "b")
    assert i in found.rereads or i in found.lates
    assert found.later(i, found.read_late(i)[-1]) != "None"
    plain = emission(tmp_path, A + ip("b", "a", "b") + LOSS.format("b", "b"))
    assert (plain.rereads, plain.lates, plain.lists) == (set(), {}, {})


@pytest.mark.parametrize(
    ("returns", "more", "joined"),
    [
        ((), "", ["sc"]),
        (("y",), "", []),  # the blob between them is asked for
        ((), relu("r", "y", "r"), []),  # or read by another layer
    ],
)
def test_batchnorm_and_scale_are_one_call_where_nobody_looks_between_them(
    tmp_path: Path, returns: tuple[str, ...], more: str, joined: list[str]
) -> None:
    text = NORM + more
    found = emission(tmp_path, text, returns, join=True, phase="TEST")
    assert named(found, found.joined) == joined
    assert emission(tmp_path, text, returns, phase="TEST").joined == {}


def test_helpers_stand_behind_those_that_they_need(tmp_path: Path) -> None:
    lrn = NORM + 'layer { name: "n" type: "LRN" bottom: "z" top: "n" }\n'
    assert emission(tmp_path, A).helpers() == []
    names = [helper.__name__ for helper in emission(tmp_path, lrn).helpers()]
    assert names and len(names) == len(set(names))
