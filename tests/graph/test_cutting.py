"""The part of a net between blobs: its layers, its inputs, and what cannot be cut."""

from __future__ import annotations

import pytest

from caffe2torch.errors import GraphError
from caffe2torch.format.upgrade import Net, parse_net
from caffe2torch.graph import build_graph
from caffe2torch.graph.cutting import cut
from tests.graph.nets import DATA, ip, relu

SLICE = 'layer { name: "s" type: "Slice" bottom: "a" top: "s0" top: "s1" }\n'
CHAIN = DATA + ip("a", "data", "a", n=6) + relu("rectify", "a", "a") + SLICE
TEXT = CHAIN + ip("b", "s0", "b") + ip("c", "s1", "c") + relu("idle", "data", "idle")


def part(*begin: str, end: tuple[str, ...] = (), text: str = TEXT) -> Net:
    net = parse_net(text, "net.prototxt")
    return cut(net, build_graph(net), begin, end)


def names(net: Net) -> list[str]:
    return [layer.name for layer in net.message.layer]


def test_what_the_outputs_do_not_need_goes() -> None:
    assert names(part(end=("b",))) == ["data", "a", "rectify", "s", "b"]
    assert names(part(end=("idle",))) == ["data", "idle"]


def test_a_blob_that_becomes_an_input_keeps_its_shape() -> None:
    net = part("s0", end=("b",))
    assert names(net) == ["s0", "b"]
    source = net.message.layer[0]
    assert source.type == "Input" and list(source.input_param.shape[0].dim) == [2, 3]


def test_layers_in_place_on_the_first_blob_go_and_on_the_last_stay() -> None:
    assert names(part("a", end=("s0",))) == ["a_input", "s"]  # "a" has weights in a file
    assert names(part(end=("a",))) == ["data", "a", "rectify"]


def test_without_an_end_the_nets_own_outputs_stay() -> None:
    assert names(part("s0", "s1", text=TEXT.replace(relu("idle", "data", "idle"), ""))) == [
        "s0", "s1", "b", "c",
    ]  # fmt: skip


def test_layers_know_their_place_in_the_file() -> None:
    net = part("s0", end=("b",))
    assert net.span(0) is None  # the new input stands nowhere
    span = net.span(1)
    assert span is not None and span.line == 1 + TEXT[: TEXT.index('name: "b"')].count("\n")


@pytest.mark.parametrize(
    ("begin", "end", "says"),
    [
        (("b",), ("b",), "nothing is left between b and b"),
        (("b", "c", "idle"), (), "nothing is left between b, c, idle and b, c, idle"),
        ((), ("bb",), 'has no blob "bb" → did you mean b?'),
        ((), ("rectify",), 'has no blob "rectify" → did you mean a?'),  # the name of a layer
        ((), ("quux",), 'has no blob "quux" → c2t inspect lists the blobs'),
        (("s0",), (), r'"s0" cannot .* "s" \(Slice\) is needed for "s1" → begin at s0 and s1'),
    ],
)
def test_what_cannot_be_cut_is_refused(begin: tuple[str, ...], end: tuple, says: str) -> None:
    with pytest.raises(GraphError, match=says):
        part(*begin, end=end)
