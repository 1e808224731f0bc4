"""Who reads whom in a net, past Splits, in-place layers and layers that only hand on."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.graph import wiring
from caffe2torch.graph.model import Graph
from tests.graph.nets import DATA, graph, ip, relu

LABELS = 'layer { name: "labels" type: "Input" top: "labels" input_param { shape { dim: 2 } } }\n'
LOSS = 'layer { name: "loss" type: "SoftmaxWithLoss" bottom: "b" bottom: "labels" top: "loss" }\n'
DROP = 'layer { name: "drop" type: "Dropout" bottom: "a" top: "a" }\n'


@pytest.fixture
def branched(tmp_path: Path) -> Graph:
    """data → a → ReLU and Dropout in place → b → loss, and a second reader c of a."""
    net = DATA + LABELS + ip("a", "data", "a") + relu("r", "a", "a") + DROP
    return graph(tmp_path, net + ip("b", "a", "b") + ip("c", "a", "c") + LOSS)


def named(nodes: object) -> list[str]:
    return [node.name for node in nodes]  # type: ignore[attr-defined]


def test_readers_are_those_before_an_in_place_layer_renews_the_blob(branched: Graph) -> None:
    assert named(wiring.readers(branched, branched.node("a"))) == ["r"]


def test_readers_past_a_split(branched: Graph) -> None:
    assert named(wiring.readers(branched, branched.node("drop"))) == ["b", "c"]


def test_the_writer_of_a_bottom_past_a_split(branched: Graph) -> None:
    assert wiring.writer(branched, branched.node("c")) is branched.node("drop")
    assert wiring.writer(branched, branched.node("loss"), 1) is branched.node("labels")


def test_a_split_that_caffe_inserts_has_no_name(branched: Graph) -> None:
    assert branched.node("c").bottoms == ["a_drop_0_split_1"]
    assert wiring.known_as(branched, "a_drop_0_split_1") == "a"
    assert wiring.known_as(branched, "labels") == "labels"


def test_what_follows_a_layer(branched: Graph) -> None:
    assert named(wiring.following(branched, branched.node("r"))) == ["b", "c"]
    through_all = wiring.following(branched, branched.node("a"), lambda node: node.name != "b")
    assert named(through_all) == ["b"]


def test_the_activation_behind_a_layer(branched: Graph) -> None:
    assert wiring.activation(branched, branched.node("a")) is branched.node("r")
    assert wiring.rectified(branched, branched.node("a"))
    assert wiring.activation(branched, branched.node("b")) is None
    assert not wiring.rectified(branched, branched.node("b"))


def test_the_layer_whose_scores_a_loss_reads(branched: Graph) -> None:
    assert wiring.scored_by(branched, branched.node("loss")) is branched.node("b")


def test_the_last_layer_with_weights(branched: Graph) -> None:
    assert wiring.is_last(branched, branched.node("b"))
    assert not wiring.is_last(branched, branched.node("a"))


def test_depth_is_the_longest_way(branched: Graph) -> None:
    layers = [branched.node(name) for name in ("a", "b", "c")]
    assert wiring.depth(branched, layers) == 2
    assert wiring.depth(branched, layers[1:]) == 1
    assert wiring.depth(branched, []) == 0


def test_normalisation_is_seen(tmp_path: Path, branched: Graph) -> None:
    norm = 'layer { name: "bn" type: "BatchNorm" bottom: "data" top: "bn" }\n'
    assert wiring.normalized(graph(tmp_path, DATA + norm))
    assert not wiring.normalized(branched)
