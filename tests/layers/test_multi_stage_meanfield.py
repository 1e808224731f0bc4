"""MultiStageMeanfield: its shapes, and that it says why it cannot be run."""

from __future__ import annotations

import pytest

from caffe2torch.errors import ShapeError, UnsupportedError
from caffe2torch.module import build
from tests.layers.one_layer import one_graph, top_shapes


def test_a_random_field() -> None:
    bottoms = [(1, 21, 5, 6), (1, 21, 5, 6), (1, 3, 5, 6)]
    graph = one_graph("MultiStageMeanfield", "", bottoms)
    assert graph.node("l").top_shapes == [(1, 21, 5, 6)]
    assert [p.shape for p in graph.params] == [(1, 1, 21, 21)] * 3
    with pytest.raises(UnsupportedError, match="shapes only"):
        build.build(graph)
    with pytest.raises(ShapeError, match="same size"):
        top_shapes("MultiStageMeanfield", "", [(1, 21, 5, 6), (1, 21, 5, 6), (1, 3, 5, 7)])
