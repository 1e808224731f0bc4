"""The graph of a test net that shares the layers of a train net."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.errors import WeightsError
from caffe2torch.graph.model import Graph
from caffe2torch.graph.shared_layers import share_trained_layers, untrained
from tests.graph.nets import DATA, graph, ip

TEST = "include { phase: TEST }"
W = 'param { name: "w" }'


def in_test(layer: str) -> str:
    return layer.replace('layer { name: "p"', f'layer {{ {TEST} name: "p"')


def nets(tmp_path: Path, text: str) -> tuple[Graph, Graph]:
    return graph(tmp_path, text, phase="TEST"), graph(tmp_path, text, phase="TRAIN")


def test_what_only_the_test_net_has_keeps_its_memory(tmp_path: Path) -> None:
    text = DATA + in_test(ip("p", "data", "p", W)) + ip("a", "data", "a", W)
    test, train = nets(tmp_path, text)
    shared = share_trained_layers(test, train)
    (p,), (a,) = shared.node("p").params, shared.node("a").params
    assert a.trained is train.node("a").params[0]
    assert (a.owner, p.owner, p.trained) == (None, None, None)
    assert a.first is p
    assert test.node("a").params[0].owner is test.node("p").params[0], "the graph itself is kept"


def test_layers_of_the_test_net_alone_still_share(tmp_path: Path) -> None:
    pair = in_test(ip("p", "data", "p", W)) + in_test(ip("p", "data", "q", W)).replace(
        'name: "p"', 'name: "q"'
    )
    test, train = nets(tmp_path, DATA + ip("a", "data", "a", W) + pair)
    shared = share_trained_layers(test, train)
    assert shared.node("q").params[0].owner is shared.node("p").params[0]
    assert shared.node("p").params[0].owner is None


@pytest.mark.parametrize("order", [1, -1])
def test_untrained_names_who_shares_only_a_name(tmp_path: Path, order: int) -> None:
    pair = [ip("a", "data", "a", W), in_test(ip("p", "data", "p", W))][::order]
    test, train = nets(tmp_path, DATA + "".join(pair))
    assert [(x.layer, y.layer) for x, y in untrained(test, train)] == [("p", "a")]


def test_what_both_nets_have_is_trained(tmp_path: Path) -> None:
    text = DATA + ip("a", "data", "a", W) + ip("p", "data", "p", W)
    assert not untrained(*nets(tmp_path, text))


def test_layers_of_one_name_must_fit(tmp_path: Path) -> None:
    test = graph(tmp_path, DATA + ip("a", "data", "a", n=5), phase="TEST")
    train = graph(tmp_path, DATA + ip("a", "data", "a", n=4))
    with pytest.raises(WeightsError, match='"a" .* has blobs of 5 × 3 in .*blobs of 4 × 3 in'):
        share_trained_layers(test, train)
