"""What a node and its parameters say of the layer's place in the net and in the file."""

from __future__ import annotations

from pathlib import Path

from tests.graph.nets import DATA, graph, ip

SHARING = (
    DATA
    + ip("a", "data", "a", 'param { name: "w" lr_mult: 0 }')
    + ip("b", "data", "b", 'loss_weight: 1 param { name: "w" decay_mult: 2 }')
    + ip("c", "a", "c", "loss_weight: 1 param { lr_mult: 0 }")
)


def test_an_inserted_split_stands_at_no_place_of_the_file(tmp_path: Path) -> None:
    net = graph(tmp_path, SHARING)
    places = {node.name: node.index for node in net.nodes}
    assert places == {"data": 0, "data_data_0_split": None, "a": 1, "b": 2, "c": 3}
    split = net.node("data_data_0_split")
    assert (split.type, split.param.type) == ("Split", "Split")
    assert split.top_shapes == [(2, 3), (2, 3)]


def test_a_parameter_knows_the_blob_whose_tensor_it_uses(tmp_path: Path) -> None:
    net = graph(tmp_path, SHARING)
    (a,), (b,), (c,) = (net.node(name).params for name in "abc")
    assert b.owner is a and b.first is a and a.owner is a.first is c.owner is None
    assert (a.shape, b.shape, c.shape) == ((4, 3), (4, 3), (4, 4))
    assert (a.has_lr, a.has_decay, c.has_lr, c.has_decay) == (True, True, True, False)


def test_needs_of_a_gradient_are_those_of_net_init(tmp_path: Path) -> None:
    """b's file writes no lr_mult: its blob wants a gradient, though its owner's rate is 0."""
    net = graph(tmp_path, SHARING)
    needs = {n.name: (n.param_need_backward, n.bottom_need_backward) for n in net.nodes}
    assert needs["a"] == ([False], [False])
    assert needs["b"] == ([True], [False])
    assert needs["c"] == ([False], [False])
    assert [net.node(name).need_backward for name in "abc"] == [False, True, False]
