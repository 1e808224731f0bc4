"""What a graph tells of its net: outputs, layers by name, what may not run backward."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.errors import GraphError
from tests.graph.nets import DATA, graph, ip, relu


def test_outputs_are_alphabetical(tmp_path: Path) -> None:
    text = DATA + relu("z", "data", "Z") + relu("a", "data", "b") + relu("m", "data", "a")
    assert graph(tmp_path, text).outputs == ["Z", "a", "b"]


def test_a_layer_is_asked_for_by_name(tmp_path: Path) -> None:
    net = graph(tmp_path, DATA + relu("r", "data", "r"))
    assert net.node("r").type == "ReLU"
    with pytest.raises(GraphError, match='has no layer "q" → layers: data, r'):
        net.node("q")


def test_sources_bring_data_into_the_net(tmp_path: Path) -> None:
    net = graph(tmp_path, DATA + relu("r", "data", "r"))
    assert [node.name for node in net.sources] == ["data"]
    assert len(net.moments) == len(net.nodes)


def test_a_layer_without_backward_is_named_where_a_gradient_would_reach_it(tmp_path: Path) -> None:
    """ArgMax has none, and force_backward asks for one."""
    arg_max = 'layer { name: "best" type: "ArgMax" bottom: "a" top: "best" loss_weight: 1 }\n'
    net = graph(tmp_path, DATA + ip("a", "data", "a") + arg_max)
    with pytest.raises(GraphError, match=r'layer "best" \(ArgMax\)') as error:
        net.require_backward()
    assert error.value.span is not None
    graph(tmp_path, DATA + ip("a", "data", "a")).require_backward()
