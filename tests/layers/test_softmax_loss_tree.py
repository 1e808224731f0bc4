"""SoftmaxLossTree: its shapes, and that it says why it cannot be run."""

from __future__ import annotations

import pytest

from caffe2torch.errors import ShapeError, UnsupportedError
from caffe2torch.module import build
from tests.layers.one_layer import one_graph, top_shapes

FILES = " ".join(f'label_transform_file: "labels{i}"' for i in range(3))
TEXT = f"tree_param {{ tree_depth: 2 {FILES} }} loss_weight: [1, 1]"
BOTTOMS = [(2, 2), (2, 2), (2, 2), (2,)]


def test_a_scalar_for_each_depth() -> None:
    graph = one_graph("SoftmaxLossTree", TEXT, BOTTOMS, 2)
    assert graph.node("l").top_shapes == [(), ()]
    with pytest.raises(UnsupportedError, match="shapes only"):
        build.build(graph)


def test_bottoms_and_tops_must_fit() -> None:
    with pytest.raises(ShapeError, match="3 bottoms for 3 label_transform_file"):
        top_shapes("SoftmaxLossTree", TEXT, BOTTOMS[1:], tops=2)
    with pytest.raises(ShapeError, match="tree_depth is 2"):
        top_shapes("SoftmaxLossTree", TEXT, BOTTOMS, tops=1)
