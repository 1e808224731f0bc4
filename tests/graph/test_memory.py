"""Memory that blobs share in Caffe, and who overwrites it, worked out by hand."""

from __future__ import annotations

from pathlib import Path

from caffe2torch.graph.model import Graph
from tests.graph.nets import DATA, graph, ip, relu

FLAT = 'layer { name: "flat" type: "Flatten" bottom: "a" top: "f" }\n'


def positions(net: Graph, *names: str) -> list[int]:
    return [[node.name for node in net.nodes].index(name) for name in names]


def test_a_flattened_blob_lies_in_its_bottoms_memory(tmp_path: Path) -> None:
    net = graph(tmp_path, DATA + ip("a", "data", "a") + FLAT)
    assert net.memory.blobs("f") == ["a", "f"]
    assert net.memory.first("f") == "a"
    assert net.memory.first("data") == "data"
    assert net.memory.overwriters("a") == []
    assert net.memory.follows_names(net.outputs)


def test_a_layer_in_place_on_the_flattened_blob_overwrites_the_bottom(tmp_path: Path) -> None:
    """What `other` reads as a is a behind the ReLU, though the file says otherwise."""
    text = DATA + ip("a", "data", "a") + FLAT + relu("r", "f", "f") + ip("other", "a", "o")
    net = graph(tmp_path, text)
    relu_at, other_at = positions(net, "r", "other")
    assert net.memory.overwriters(net.node("other").bottoms[0]) == [relu_at]
    assert net.memory.surprises(other_at) == [(net.node("other").bottoms[0], relu_at)]
    assert not net.memory.follows_names(net.outputs)


def test_a_reader_in_front_of_the_overwriting_layer_sees_the_file_s_values(tmp_path: Path) -> None:
    text = DATA + ip("a", "data", "a") + ip("other", "a", "o") + FLAT + relu("r", "f", "f")
    net = graph(tmp_path, text)
    assert net.memory.surprises(*positions(net, "other")) == []
    blob = net.node("other").bottoms[0]
    (other,) = positions(net, "other")
    assert net.memory.later(blob, other) == positions(net, "r")


def test_an_in_place_layer_by_the_blob_s_own_name_surprises_nobody(tmp_path: Path) -> None:
    net = graph(tmp_path, DATA + ip("a", "data", "a") + relu("r", "a", "a") + ip("b", "a", "b"))
    assert net.memory.named("a", len(net.nodes)) == set(positions(net, "r"))
    assert net.memory.foreign("a", len(net.nodes)) == []
    assert net.memory.surprises(*positions(net, "b")) == []


def test_a_layer_whose_backward_reads_what_is_overwritten(tmp_path: Path) -> None:
    """Sigmoid's backward reads its top, which Power then writes over."""
    scores = ip("a", "data", "a")
    sigmoid = 'layer { name: "s" type: "Sigmoid" bottom: "a" top: "s" }\n'
    power = 'layer { name: "p" type: "Power" bottom: "s" top: "s" power_param { scale: 2 } }\n'
    net = graph(tmp_path, DATA + scores + sigmoid + power)
    assert net.memory.spoilers(*positions(net, "s")) == positions(net, "p")
    assert net.memory.spoilers(*positions(net, "p")) == []
