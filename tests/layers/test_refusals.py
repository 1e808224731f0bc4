"""What Caffe refuses is refused at its field, with what to do; what it accepts is accepted."""

from __future__ import annotations

import pytest

from caffe2torch.errors import C2TError, DataError, GraphError, ShapeError, UnsupportedError
from tests.layers.one_layer import one_graph, top_shapes

Shapes = list[tuple[int, ...]]


@pytest.mark.parametrize(
    ("kind", "text", "bottoms", "tops", "field"),
    [
        ("Accuracy", "accuracy_param { top_k: 4 }", [(2, 3), (2,)], 1, "accuracy_param.top_k"),
        ("Accuracy", "accuracy_param { axis: 2 }", [(2, 3), (2,)], 1, "accuracy_param.axis"),
        ("Accuracy", "", [(2, 3), (3,)], 1, "bottom"),
        ("ArgMax", "argmax_param { top_k: 0 }", [(2, 3)], 1, "argmax_param.top_k"),
        ("ArgMax", "argmax_param { top_k: 4 axis: 1 }", [(2, 3)], 1, "argmax_param.top_k"),
        ("BatchReindex", "", [(2, 3), (2, 1)], 1, "bottom"),
        (
            "Concat",
            "concat_param { axis: 1 concat_dim: 1 }",
            [(2, 3)],
            1,
            "concat_param.concat_dim",
        ),
        ("Concat", "concat_param { concat_dim: 2 }", [(2, 3)], 1, "concat_param.concat_dim"),
        ("Concat", "concat_param { concat_dim: 4294967295 }", [(2, 3)], 1, ""),
        ("Concat", "", [(2, 3), (3, 3)], 1, "bottom"),
        ("Concat", "", [(2, 3), (2, 3, 1)], 1, "bottom"),
        ("ContrastiveLoss", "", [(2, 3), (2, 4), (2,)], 1, "bottom"),
        ("ContrastiveLoss", "", [(2, 3, 2, 1), (2, 3, 2, 1), (2,)], 1, "bottom"),
        ("ContrastiveLoss", "", [(2, 3), (2, 3), (2, 2)], 1, "bottom"),
        ("Eltwise", "", [(2, 3), (2, 3, 1)], 1, "bottom"),
        ("Eltwise", "eltwise_param { coeff: 1 }", [(2, 3)] * 2, 1, "eltwise_param.coeff"),
        (
            "Eltwise",
            "eltwise_param { operation: PROD coeff: [1, 1] }",
            [(2, 3)] * 2,
            1,
            "eltwise_param.coeff",
        ),
        ("EuclideanLoss", "", [(2, 3), (3, 3)], 1, "bottom"),
        ("EuclideanLoss", "", [(2, 3), (2, 4)], 1, "bottom"),
        ("EuclideanLoss", "", [(2, 1, 1, 1, 3), (2, 3)], 1, "bottom"),
        ("Exp", "exp_param { base: -2 }", [(2,)], 1, "exp_param.base"),
        ("Exp", "exp_param { base: 0 }", [(2,)], 1, "exp_param.base"),
        ("Filter", "", [(2, 3), (2, 2)], 1, "bottom"),
        ("Filter", "", [(3, 3), (2,)], 1, "bottom"),
        ("Filter", "", [(2, 3), (2,)], 2, "top"),
        ("Flatten", "flatten_param { axis: 2 end_axis: 0 }", [(2, 3, 4)], 1, ""),
        ("Flatten", "flatten_param { axis: 3 }", [(2, 3, 4)], 1, "flatten_param.axis"),
        ("HingeLoss", "", [(2, 3), (3,)], 1, "bottom"),
        ("InfogainLoss", "", [(2, 3), (2,)], 1, "infogain_loss_param.source"),
        ("InfogainLoss", "", [(2, 3), (2,), (2, 3)], 1, "bottom"),
        (
            "InfogainLoss",
            "loss_param { normalize: true }",
            [(2, 3), (2,), (3, 3)],
            1,
            "loss_param.normalize",
        ),
        ("InfogainLoss", "", [(2, 3), (2,), (3, 3)], 2, "loss_weight"),
        ("Log", "log_param { base: 1 }", [(2,)], 1, "log_param.base"),
        ("Log", "log_param { base: 0 }", [(2,)], 1, "log_param.base"),
        ("MultinomialLogisticLoss", "", [(2, 3), (2, 2)], 1, "bottom"),
        ("PReLU", "", [(2,)], 1, "bottom"),
        ("PReLU", "", [(2, 3, 1, 1, 1)], 1, "bottom"),
        ("Reduction", "reduction_param { axis: 2 }", [(2, 3)], 1, "reduction_param.axis"),
        (
            "Reshape",
            "reshape_param { shape { dim: [-1, -1] } }",
            [(2, 3)],
            1,
            "reshape_param.shape",
        ),
        ("Reshape", "reshape_param { shape { dim: [4, -1] } }", [(2, 3)], 1, "reshape_param.shape"),
        ("Reshape", "reshape_param { shape { dim: [-2, 3] } }", [(2, 3)], 1, "reshape_param.shape"),
        ("Reshape", "reshape_param { shape { dim: 7 } }", [(2, 3)], 1, "reshape_param.shape"),
        ("Reshape", "reshape_param { shape { dim: [0, 0, 0] } }", [(2, 3)], 1, ""),
        ("Reshape", "reshape_param { axis: 3 }", [(2, 3)], 1, "reshape_param.axis"),
        ("Reshape", "reshape_param { axis: 1 num_axes: 2 }", [(2, 3)], 1, "reshape_param.num_axes"),
        ("SigmoidCrossEntropyLoss", "", [(2, 3), (2,)], 1, "bottom"),
        ("Slice", "", [(2, 3)], 2, "top"),
        ("Slice", "slice_param { slice_point: [1, 2] }", [(2, 3)], 2, "slice_param.slice_point"),
        ("Slice", "slice_param { slice_point: [2, 1] }", [(2, 3)], 3, "slice_param.slice_point"),
        ("Slice", "slice_param { slice_point: 0 }", [(2, 3)], 2, "slice_param.slice_point"),
        ("Slice", "slice_param { slice_point: 4 }", [(2, 3)], 2, "slice_param.slice_point"),
        ("Slice", "slice_param { axis: 1 slice_dim: 1 }", [(2, 4)], 2, "slice_param.slice_dim"),
        ("Softmax", "softmax_param { axis: 2 }", [(2, 3)], 1, "softmax_param.axis"),
        ("Tile", "", [(2, 3)], 1, "tile_param.tiles"),
        ("Tile", "tile_param { tiles: 0 }", [(2, 3)], 1, "tile_param.tiles"),
    ],
)
def test_the_field_at_fault_is_named(
    kind: str, text: str, bottoms: Shapes, tops: int, field: str
) -> None:
    with pytest.raises(ShapeError) as error:
        top_shapes(kind, text, bottoms, tops)
    assert error.value.field.startswith(field)


@pytest.mark.parametrize(
    ("kind", "text", "bottoms", "shapes"),
    [
        ("Flatten", "flatten_param { axis: 2 end_axis: 1 }", [(2, 3, 4)], [(2, 3, 1, 4)]),
        ("Reshape", "", [(1, 1)], [()]),
        ("Slice", "slice_param { slice_point: 3 }", [(2, 3)], [(2, 3), (2, 0)]),
        ("EuclideanLoss", "", [(2, 3, 4), (2, 12, 1, 1)], [()]),
        ("Filter", "", [(2, 3), (2, 1, 1, 1)], [(2, 3)]),
        ("Eltwise", "eltwise_param { operation: MAX coeff: [3, 1] }", [(2, 3)] * 2, [(2, 3)]),
    ],
)
def test_what_caffe_accepts_is_accepted(
    kind: str, text: str, bottoms: Shapes, shapes: Shapes
) -> None:
    assert top_shapes(kind, text, bottoms, len(shapes)) == shapes


@pytest.mark.parametrize(
    ("kind", "text", "bottoms"),
    [
        ("Threshold", "", [(2, 3)]),
        ("ArgMax", "", [(2, 3)]),
        ("Accuracy", "", [(2, 3), (2,)]),
        ("BatchReindex", "", [(2, 3), (2,)]),
        ("Filter", "", [(2, 3), (2,)]),
    ],
)
def test_force_backward_is_refused_where_caffe_cannot(
    kind: str, text: str, bottoms: Shapes
) -> None:
    graph = one_graph(kind, text + " loss_weight: 1", bottoms)
    graph.require_backward()
    message = graph.net.message
    message.force_backward = True
    from caffe2torch.format.upgrade import net_from_message
    from caffe2torch.graph import build_graph

    with pytest.raises(GraphError, match=rf'layer "l" \({kind}\)'):
        build_graph(net_from_message(message)).require_backward()


@pytest.mark.parametrize(
    ("kind", "text", "bottoms"),
    [
        ("Eltwise", "eltwise_param { operation: STOCHASTIC_SUM }", [(2, 3)] * 2),
        ("Reduction", "reduction_param { operation: TOPK }", [(2, 3)]),
        ("Reshape", "reshape_param { pixelshuffler: 2 }", [(2, 4)]),
    ],
)
def test_operations_of_forks_are_refused_by_name(kind: str, text: str, bottoms: Shapes) -> None:
    from caffe2torch.module.emit import emit

    with pytest.raises(UnsupportedError, match="is not supported"):
        emit(one_graph(kind, text, bottoms))


def test_a_missing_infogain_file_says_where_it_was_looked_for() -> None:
    text = 'infogain_loss_param { source: "no/such.binaryproto" }'
    with pytest.raises(DataError, match="cannot be read") as error:
        top_shapes("InfogainLoss", text, [(2, 3), (2,)])
    assert isinstance(error.value, C2TError)
    assert "looked in" in str(error.value)
