"""RBMInnerProduct: its shapes, and that it says why it cannot be run."""

from __future__ import annotations

import pytest

from caffe2torch.errors import ShapeError, UnsupportedError
from caffe2torch.module import build
from tests.layers.one_layer import one_graph, top_shapes

CONNECTION = """
rbm_inner_product_param { loss_measure: RECONSTRUCTION loss_measure: FREE_ENERGY
  connection_layer_param { type: "InnerProduct" inner_product_param { num_output: 7 } } }
"""


def test_a_boltzmann_machine() -> None:
    graph = one_graph("RBMInnerProduct", CONNECTION, [(2, 3, 4)], 4)
    assert graph.node("l").top_shapes == [(2, 7), (2, 7), (2, 3, 4), (2,)]
    assert [p.shape for p in graph.params] == [(7, 12), (7,), (1, 3, 4)]
    with pytest.raises(UnsupportedError, match="shapes only"):
        build.build(graph)
    with pytest.raises(ShapeError, match="of which 2 are measures"):
        top_shapes("RBMInnerProduct", CONNECTION, [(2, 3)], tops=6)
    with pytest.raises(ShapeError, match="not an InnerProduct"):
        top_shapes("RBMInnerProduct", "", [(2, 3)])
