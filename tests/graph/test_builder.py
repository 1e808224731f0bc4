"""Wiring gives a graph, or the place where it ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.errors import GraphError
from caffe2torch.format.upgrade import parse_net
from caffe2torch.graph.builder import Request, Stuck, wire
from caffe2torch.graph.filtering import net_state
from caffe2torch.graph.model import Graph
from tests.graph.nets import DATA, graph, ip, relu


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


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (relu("r", "dta", "r"), 2, 'unknown bottom "dta" → did you mean "data"'),
        (relu("r", "x", "r") + relu("s", "data", "x"), 2, 'layer "s" makes it; move'),
        (relu("s", "data", "x", "include { stage: 'a' }") + relu("r", "x", "r"), 3, "leave it out"),
        (relu("a", "data", "y") + relu("b", "data", "y"), 3, 'top "y" is produced by multiple'),
        ('layer { name: "r" type: "Relu" bottom: "data" top: "r" }', 2, 'did you mean "ReLU"'),
        (relu("r", "data", "r", "propagate_down: true propagate_down: true"), 2, "2 propagate"),
        (relu("r", "data", "r", "param { lr_mult: 1 }"), 2, "1 param"),
        (relu("r", "data", "r", "include { } exclude { }"), 2, "both include and exclude"),
        (relu("r", "data", "r", "loss_weight: 1 loss_weight: 2"), 2, "2 loss weights for 1 top"),
        ('layer { name: "r" type: "ReLU" bottom: "data" }', 2, "takes 1 top, has 0 → `c2t"),
    ],
)
def test_a_refusal_names_layer_reason_and_place(
    tmp_path: Path, text: str, line: int, says: str
) -> None:
    with pytest.raises(GraphError if "Relu" not in text else Exception) as caught:
        graph(tmp_path, DATA + text)
    assert says in str(caught.value)
    assert str(caught.value).startswith(str(tmp_path / "net.prototxt") + f":{line}:")
