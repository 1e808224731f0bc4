"""BernoulliSample: what it draws, and how often."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import GraphError
from tests.layers.one_layer import one_graph, run_layer


def test_zeros_and_ones_by_their_probability() -> None:
    torch.manual_seed(0)
    x = torch.tensor([0.0, 1.0, 0.25]).expand(4000, 3)
    (y,) = run_layer("BernoulliSample", "", x, phase="TEST")
    assert set(y.unique().tolist()) == {0.0, 1.0}
    assert y[:, 0].sum() == 0
    assert y[:, 1].sum() == 4000
    assert y[:, 2].mean().item() == pytest.approx(0.25, abs=0.03)


def test_it_has_no_gradient() -> None:
    graph = one_graph("BernoulliSample", "", [(2, 3)])
    graph.node("l").need_backward = True
    with pytest.raises(GraphError, match="has no gradient"):
        graph.require_backward()
