"""Which layers take part in the backward pass, as Net::Init decides."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.format.upgrade import parse_net
from caffe2torch.graph import build_graph
from tests.graph.nets import DATA, graph, ip, relu

STATISTICS = "param { lr_mult: 0 } " * 3


@pytest.mark.parametrize(("entries", "needs"), [("", True), (STATISTICS, False)])
def test_statistics_count_unless_the_file_itself_says_lr_mult_0(entries: str, needs: bool) -> None:
    """Net::Init goes by the file; BatchNorm's LayerSetUp sets lr_mult 0 in its own copy only."""
    norm = f'layer {{ name: "bn" type: "BatchNorm" bottom: "data" top: "bn" {entries} }}\n'
    graph = build_graph(parse_net(DATA + norm + ip("a", "bn", "a", "loss_weight: 1")))
    bn, a = graph.node("bn"), graph.node("a")
    assert (bn.need_backward, bn.param_need_backward) == (needs, [needs] * 3)
    assert (a.bottom_need_backward, bn.bottom_need_backward) == ([needs], [False])
    assert [ref.lr_mult for ref in bn.params] == [0, 0, 0]


def test_backward_stops_where_nothing_learns(tmp_path: Path) -> None:
    text = (
        DATA
        + ip("frozen", "data", "f", "param { lr_mult: 0 }")
        + relu("r", "f", "r")
        + ip("learns", "r", "y", "loss_weight: 1")
    )
    found = graph(tmp_path, text)
    needs = {node.name: node.need_backward for node in found.nodes}
    assert needs == {"data": False, "frozen": False, "r": False, "learns": True}
    assert found.node("learns").bottom_need_backward == [False]


def test_layers_without_a_loss_behind_them_run_no_backward(tmp_path: Path) -> None:
    found = graph(tmp_path, DATA + ip("a", "data", "a") + ip("b", "a", "b"))
    assert not any(node.need_backward for node in found.nodes)


def test_labels_beside_what_learns_want_no_gradient(tmp_path: Path) -> None:
    labels = 'layer { name: "l" type: "Input" top: "l" input_param { shape { dim: 2 } } }\n'
    both = 'layer { name: "g" type: "Gather" bottom: "a" bottom: "l" top: "x" top: "y" }\n'
    loss = 'layer { name: "loss" type: "SoftmaxWithLoss" bottom: "x" bottom: "y" top: "loss" }\n'
    found = graph(tmp_path, DATA + labels + ip("a", "data", "a") + both + loss)
    found.require_backward()
    assert found.node("loss").bottom_need_backward == [True, False]


def test_the_marks_of_sequences_want_no_gradient(tmp_path: Path) -> None:
    marks = (
        'layer { name: "c" type: "ContinuationIndicator" bottom: "a" top: "c" '
        "continuation_indicator_param { time_step: 2 axis: 1 } }\n"
    )
    unit = (
        'layer { name: "r" type: "Reshape" bottom: "a" top: "s" '
        "reshape_param { shape { dim: 2 dim: 2 dim: -1 } } }\n"
        'layer { name: "lstm" type: "LSTM" bottom: "s" bottom: "c" top: "h" '
        'recurrent_param { num_output: 3 weight_filler { type: "xavier" } } loss_weight: 1 }\n'
    )
    found = graph(tmp_path, DATA + ip("a", "data", "a", n=2) + marks + unit)
    found.require_backward()
    assert found.node("lstm").bottom_need_backward == [True, False]
