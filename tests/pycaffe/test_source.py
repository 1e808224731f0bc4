"""The source of layer types, executed for one layer: calls, rules, modules without memory."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from caffe2torch.pycaffe.source import Scope
from tests.graph.nets import DATA, graph, ip, relu

SUM = 'layer { name: "s" type: "Eltwise" bottom: "data" bottom: "a" top: "s" }\n'


def scale(x: torch.Tensor) -> torch.Tensor:
    return x * 2


def test_a_call_is_a_function_of_the_module_and_the_bottoms(tmp_path: Path) -> None:
    node = graph(tmp_path, DATA + ip("a", "data", "a", n=3) + SUM).node("s")
    call = Scope().call(node.layer.code(node.site), node)
    x = torch.ones(2, 3)
    assert torch.equal(call(None, x, 4 * x), torch.full((2, 3), 5.0))


def test_a_module_has_parameters_without_memory_in_the_mode_of_its_net(tmp_path: Path) -> None:
    drop = 'layer { name: "d" type: "Dropout" bottom: "a" top: "d" }\n'
    text = DATA + ip("a", "data", "a") + drop
    for phase, training in (("TRAIN", True), ("TEST", False)):
        net = graph(tmp_path, text, phase=phase)
        scope = Scope()
        linear = scope.module((node := net.node("a")).layer.code(node.site), node)
        assert isinstance(linear, nn.Linear) and linear.weight.is_meta
        assert tuple(linear.weight.shape) == (4, 3)
        dropped = scope.module((node := net.node("d")).layer.code(node.site), node)
        assert dropped.training == training


def test_a_layer_without_state_has_no_module(tmp_path: Path) -> None:
    node = graph(tmp_path, DATA + ip("a", "data", "a", n=3) + SUM).node("s")
    assert Scope().module(node.layer.code(node.site), node) is None


def test_helpers_are_executed_once_under_their_names() -> None:
    scope = Scope()
    assert "scale" not in scope.names
    scope.provide([scale])
    first = scope.names["scale"]
    assert first is not scale and torch.equal(first(torch.ones(1)), torch.tensor([2.0]))
    scope.provide([scale])
    assert scope.names["scale"] is first


def test_scopes_share_no_names() -> None:
    one, other = Scope(), Scope()
    one.provide([scale])
    assert "scale" not in other.names


def test_the_rule_of_an_overwritten_bottom_is_a_function(tmp_path: Path) -> None:
    """ReLU's backward in Caffe reads its bottom as it is then: g where b > 0."""
    node = graph(tmp_path, DATA + relu("r", "data", "r")).node("r")
    late = node.layer.late(node.site)
    if late is None:
        pytest.fail("ReLU declares a rule for overwritten bottoms")
    rule = Scope().rule(late, node)
    g, b = torch.full((4,), 3.0), torch.tensor([-1.0, 0.0, 1.0, 2.0])
    assert torch.as_tensor(rule(g, [b], b, [b], [True])).flatten().tolist() == [0, 0, 3, 3]
