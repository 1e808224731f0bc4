"""Shapes that are assumed where the data is missing, from what the net says itself."""

from __future__ import annotations

import pytest

from caffe2torch.errors import DataError
from tests.layers.one_layer import one_graph


@pytest.mark.parametrize(
    ("kind", "text", "tops", "shapes"),
    [
        (
            "Data",
            'data_param { source: "x_lmdb" batch_size: 4 } transform_param { crop_size: 11 }',
            2,
            [(4, 3, 11, 11), (4,)],
        ),
        ("Data", 'data_param { source: "mnist_train_lmdb" batch_size: 4 }', 1, [(4, 1, 28, 28)]),
        ("Data", 'data_param { source: "mnist_siamese_lmdb" batch_size: 2 }', 1, [(2, 2, 28, 28)]),
        ("Data", 'data_param { source: "cifar10_db" batch_size: 4 }', 1, [(4, 3, 32, 32)]),
        ("Data", "input_param { shape { dim: [1, 2, 3, 4] } }", 1, [(1, 2, 3, 4)]),
        (
            "Data",
            'data_param { source: "x" batch_size: 2 } '
            "transform_param { resize_param { height: 30 width: 40 } mean_value: [1, 2, 3, 4] }",
            1,
            [(2, 4, 30, 40)],
        ),
        (
            "ImageData",
            'image_data_param { source: "x" batch_size: 2 new_height: 5 new_width: 6 '
            "is_color: false }",
            2,
            [(2, 1, 5, 6), (2,)],
        ),
        (
            "WindowData",
            'window_data_param { source: "x" batch_size: 2 } transform_param { crop_size: 9 }',
            2,
            [(2, 3, 9, 9), (2,)],
        ),
        (
            "HDF5Data",
            'hdf5_data_param { source: "x" batch_size: 2 }',
            2,
            [(2, 3, 224, 224), (2, 3, 224, 224)],
        ),
    ],
)
def test_the_shapes_are_those_that_the_net_hints_at(
    kind: str, text: str, tops: int, shapes: list[tuple[int, ...]]
) -> None:
    with pytest.raises(DataError):
        one_graph(kind, text, [], tops)
    graph = one_graph(kind, text, [], tops, assume=True)
    assert graph.node("l").top_shapes == shapes
    assert "assumed shapes" in graph.notes[0]


def test_hdf5_tops_are_guessed_by_name() -> None:
    text = 'top: "label" top: "cont" top: "data" hdf5_data_param { source: "x" batch_size: 5 }'
    graph = one_graph("HDF5Data", text, [], 0, assume=True)
    assert graph.node("l").top_shapes == [(5,), (5, 3), (5, 3, 224, 224)]
