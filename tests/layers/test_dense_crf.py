"""DenseCRF: its shapes, and that it says why it cannot be run."""

from __future__ import annotations

import pytest

from caffe2torch.errors import ShapeError, UnsupportedError
from caffe2torch.module import build
from tests.layers.one_layer import one_graph, top_shapes

TEXT = "dense_crf_param { pos_w: 3 pos_xy_std: 3 bi_w: 4 bi_xy_std: 65 bi_rgb_std: 3 }"
BOTTOMS = [(1, 21, 5, 6), (1, 1, 1, 2), (1, 3, 5, 6)]


def test_the_shape_of_the_scores_stays() -> None:
    graph = one_graph("DenseCRF", TEXT, BOTTOMS)
    assert graph.node("l").top_shapes == [(1, 21, 5, 6)]
    assert top_shapes("DenseCRF", "", BOTTOMS[:2]) == [(1, 21, 5, 6)]
    with pytest.raises(UnsupportedError, match="shapes only"):
        build.build(graph)


def test_what_it_refuses() -> None:
    with pytest.raises(ShapeError, match="not as many"):
        top_shapes("DenseCRF", TEXT.replace("bi_w: 4", ""), BOTTOMS)
    with pytest.raises(ShapeError, match="not as many"):
        top_shapes("DenseCRF", "dense_crf_param { pos_w: 3 pos_xy_std: 3 }", BOTTOMS)
    with pytest.raises(ShapeError, match="takes scores"):
        top_shapes("DenseCRF", TEXT, [*BOTTOMS[:2], (1, 3, 5, 7)])
