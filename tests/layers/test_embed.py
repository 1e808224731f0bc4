"""Embed: rows of a table, and what happens outside of it."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import GraphError, ShapeError
from caffe2torch.module.blobs import export_blobs
from tests.layers.one_layer import one_graph, one_net, run_net, top_shapes

FILL = 'weight_filler { type: "gaussian" } bias_filler { type: "gaussian" }'


@pytest.mark.parametrize("bias", [True, False])
def test_looks_rows_up(bias: bool) -> None:
    text = f"embed_param {{ input_dim: 5 num_output: 3 bias_term: {str(bias).lower()} {FILL} }}"
    net = one_net("Embed", text, [(2, 4)])
    index = torch.tensor([[0.0, 4, 4, 1], [2, 3, 0, 0]])
    (y,) = run_net(net, index)
    table, *rest = map(torch.from_numpy, export_blobs(net)["l"])
    torch.testing.assert_close(y, table[index.long()] + (rest[0] if bias else 0))
    y.sum().backward()
    counts = torch.bincount(index.long().flatten(), minlength=5)
    assert torch.equal(net.l.weight.grad[:, 0], counts.float())  # type: ignore


@pytest.mark.parametrize("index", [5.0, -1.0])
def test_a_number_outside_the_table_is_an_error(index: float) -> None:
    net = one_net("Embed", "embed_param { input_dim: 5 num_output: 3 }", [(1,)])
    with pytest.raises(IndexError, match="out of range"):
        run_net(net, torch.tensor([index]))


def test_refusals() -> None:
    for text, field in (("input_dim: 3", "num_output"), ("num_output: 3", "input_dim")):
        with pytest.raises(ShapeError) as caught:
            top_shapes("Embed", f"embed_param {{ {text} }}", [(2,)])
        assert caught.value.field == f"embed_param.{field}"
    graph = one_graph("Embed", "loss_weight: 1 embed_param { input_dim: 3 num_output: 2 }", [(2,)])
    node = graph.node("l")
    node.bottom_need_backward = [True]
    with pytest.raises(GraphError, match="numbers that it looks up"):
        graph.require_backward()
