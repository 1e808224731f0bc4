"""InnerProduct: axes, transpose, and the blob that two layers share."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError, UnsupportedError
from caffe2torch.module.blobs import export_blobs, graph_of
from caffe2torch.module.emit import emit
from tests.layers.one_layer import (
    close,
    drawn,
    one_graph,
    one_net,
    run_layer,
    run_net,
    top_shapes,
)

FILL = 'weight_filler { type: "gaussian" } bias_filler { type: "gaussian" }'


@pytest.mark.parametrize("transpose", [False, True])
@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_is_a_matrix_product_over_the_last_axes(axis: int, transpose: bool) -> None:
    shape = (2, 3, 4)
    text = f"num_output: 5 axis: {axis} transpose: {str(transpose).lower()} {FILL}"
    net = one_net("InnerProduct", f"inner_product_param {{ {text} }}", [shape])
    x = torch.randn(shape)
    (y,) = run_net(net, x)
    weight, bias = map(torch.from_numpy, export_blobs(net)["l"])
    flat = x.flatten(axis if axis >= 0 else 3 + axis)
    assert weight.shape == ((flat.shape[-1], 5) if transpose else (5, flat.shape[-1]))
    torch.testing.assert_close(y, flat @ (weight if transpose else weight.T) + bias)
    assert tuple(y.shape) == graph_of(net).node("l").top_shapes[0]


def test_is_linear_in_torch() -> None:
    source = emit(
        one_graph("InnerProduct", "inner_product_param { num_output: 5 }", [(2, 3, 4, 4)])
    )
    assert "self.l = nn.Linear(48, 5)" in source
    assert "t0 = self.l(b0.flatten(1))" in source


def test_num_output_is_required() -> None:
    with pytest.raises(ShapeError) as caught:
        top_shapes("InnerProduct", "", [(2, 3)])
    assert caught.value.field == "inner_product_param.num_output"


def test_weights_that_are_a_bottom() -> None:
    x, weight = drawn(2, 2, 3), drawn(4, 6, seed=1)
    (top,) = run_layer("InnerProduct", "inner_product_param { bias_term: false }", x, weight)
    rows = x.reshape(2, 6).tolist()
    close(
        top,
        [[sum(a * b for a, b in zip(r, w, strict=True)) for w in weight.tolist()] for r in rows],
    )
    with pytest.raises(ShapeError, match="is to have rows of 6 weights"):
        run_layer("InnerProduct", "", x, drawn(4, 5))
    with pytest.raises(UnsupportedError, match="transposed weights"):
        run_layer("InnerProduct", "inner_product_param { transpose: true }", x, weight)
