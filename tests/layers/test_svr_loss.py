"""SVRLoss by hand."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import GraphError, ShapeError
from tests.layers.one_layer import one_graph, run_layer, top_shapes


def test_value_and_gradient() -> None:
    x = torch.tensor([[1.0], [-2.0], [3.0], [0.5]], requires_grad=True)
    scores = torch.tensor([0.0, 1.0, 3.0, 2.0])
    (loss,) = run_layer("SVRLoss", "", x, scores)
    assert loss.item() == pytest.approx((1 + 3 + 0 + 1.5) / 4)
    loss.backward()
    assert x.grad is not None
    assert x.grad.flatten().tolist() == [0.25, -0.25, 0, -0.25]


def test_items_must_be_of_one_size() -> None:
    with pytest.raises(ShapeError, match="differ in size"):
        top_shapes("SVRLoss", "", [(2, 3), (2, 4)])


def test_scores_have_no_gradient() -> None:
    graph = one_graph("SVRLoss", "propagate_down: true propagate_down: true", [(2, 1), (2,)])
    node = graph.node("l")
    node.need_backward, node.bottom_need_backward = True, [True, True]
    with pytest.raises(GraphError, match="labels"):
        graph.require_backward()
