"""Wiring gives a graph, or the place where it ended."""

from __future__ import annotations

import pytest

from caffe2torch.errors import GraphError
from caffe2torch.format.upgrade import parse_net
from caffe2torch.graph.builder import Request, Stuck, wire
from caffe2torch.graph.filtering import net_state
from caffe2torch.graph.model import Graph
from tests.graph.test_graph import DATA, ip, relu


def request(text: str, assume: bool = False) -> Request:
    net = parse_net(text)
    return Request(net, net_state(net, "TRAIN"), {}, assume)


def test_a_net_that_fits_gives_its_graph() -> None:
    graph = wire(request(DATA + ip("a", "data", "a")))
    assert isinstance(graph, Graph)
    assert graph.shapes == {"data": (2, 3), "a": (2, 4)}


def test_a_refusal_gives_the_layer_and_what_stands_before_it() -> None:
    text = DATA + ip("a", "data", "a") + ip("b", "a", "b", n=0) + relu("c", "b", "c")
    stuck = wire(request(text))
    assert isinstance(stuck, Stuck)
    assert [node.name for node in stuck.nodes] == ["data", "a"]
    assert stuck.site is not None and stuck.site.bottoms == [(2, 4)]
    assert stuck.layer is not None and stuck.layer.type == "InnerProduct"
    assert (stuck.error.span.line, stuck.rests, stuck.assumed) == (5, False, {})  # type: ignore[union-attr]
    assert 'layer "b" (InnerProduct)' in stuck.error.message


def test_a_type_that_is_unknown_leaves_no_layer() -> None:
    stuck = wire(request(DATA + 'layer { name: "q" type: "Quux" bottom: "data" top: "q" }'))
    assert isinstance(stuck, Stuck)
    assert (stuck.layer, stuck.site) == (None, None)


def test_what_is_assumed_is_told_and_guesses_replace_it() -> None:
    text = (
        'layer { name: "d" type: "HDF5Data" top: "x" hdf5_data_param { source: "missing" '
        "batch_size: 4 } }\n" + ip("a", "x", "a", n=0)
    )
    stuck = wire(request(text, assume=True))
    assert isinstance(stuck, Stuck)
    assert list(stuck.assumed) == ["x"] and stuck.rests
    guessed = wire(request(text, assume=True), {"x": (4, 7)})
    assert isinstance(guessed, Stuck)
    assert guessed.nodes[0].top_shapes == [(4, 7)]


def test_a_bottom_that_nobody_makes_is_refused_at_once() -> None:
    with pytest.raises(GraphError, match='unknown bottom "nobody"'):
        wire(request(DATA + ip("a", "nobody", "a")))
