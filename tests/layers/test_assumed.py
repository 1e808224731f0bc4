"""Shapes that are assumed where the data is missing, from what the net says itself."""

from __future__ import annotations

import pytest

from caffe2torch.errors import DataError, ShapeError
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
            "AnnotatedData",
            'data_param { source: "x" batch_size: 2 } annotated_data_param { yolo_data_type: 1 } '
            "transform_param { resize_param { height: 30 width: 40 } }",
            2,
            [(2, 3, 30, 40), (2, 1, 300, 5)],
        ),
        (
            "CPMData",
            'data_param { source: "x" batch_size: 2 } cpm_transform_param { crop_size_x: 32 '
            "crop_size_y: 16 stride: 8 num_parts: 56 }",
            2,
            [(2, 4, 16, 32), (2, 114, 2, 4)],
        ),
        (
            "ImageLabelmapData",
            'image_data_param { source: "x" batch_size: 2 new_height: 5 new_width: 6 }',
            2,
            [(2, 3, 5, 6), (2, 1, 5, 6)],
        ),
        (
            "WindowData",
            'window_data_param { source: "x" batch_size: 2 } transform_param { crop_size: 9 }',
            2,
            [(2, 3, 9, 9), (2,)],
        ),
        (
            "DocData",
            'doc_data_param { sources: "x" batch_size: 2 label_names: "kind" } '
            "image_transform_param { params { crop_params { size: 230 } } }",
            2,
            [(2, 3, 230, 230), (2,)],
        ),
        (
            "CompactData",
            'data_param { source: "x" batch_size: 2 } '
            'transform_param { crop_size: 9 mean_file: "m" }',
            2,
            [(2, 3, 9, 9), (2,)],
        ),
        (
            "SegData",
            'seg_data_param { source: "x" } transform_param { stride: 32 upper_size: 100 }',
            2,
            [(1, 3, 96, 96), (1, 1, 96, 96)],
        ),
        (
            "BoxData",
            'data_param { source: "x" batch_size: 2 side: 5 } transform_param { crop_size: 9 }',
            2,
            [(2, 3, 9, 9), (2, 175)],
        ),
        (
            "MultiLabelData",
            'multi_label_data_param { source: "x" batch_size: 2 label_num: 21 } '
            "transform_param { crop_size: 9 }",
            2,
            [(2, 3, 9, 9), (2, 21)],
        ),
        (
            "SpatialPyramidPoolingData",
            "spatial_pyramid_pooling_data_param { batch_size: 2 }",
            2,
            [(2, 256, 13, 13), (2,)],
        ),
        (
            "RemoteData",
            "remote_data_param { shape { dim: [2, 3] } shape { dim: 2 } }",
            2,
            [(2, 3), (2,)],
        ),
        (
            "MatRead",
            'mat_read_param { prefix: "x" batch_size: 2 }',
            2,
            [(2, 3, 224, 224), (2, 3, 224, 224)],
        ),
        ("SparseData", 'sparse_data_param { source: "x" batch_size: 2 }', 2, [(2, 1000), (2,)]),
        (
            "CPMData",
            "cpmdata_param { batch_size: 2 } "
            "transform_param { crop_size_x: 32 crop_size_y: 16 stride: 8 num_parts: 4 }",
            2,
            [(2, 4, 16, 32), (2, 10, 2, 4)],
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


@pytest.mark.parametrize(
    ("kind", "text", "tops", "words"),
    [
        ("DocData", "", 1, "no source"),
        ("DocData", 'doc_data_param { sources: "x" label_names: "a" }', 1, "1 top for 1 label"),
        ("CompactData", "transform_param { crop_size: 9 }", 1, "mean_file is missing"),
        ("CompactData", 'transform_param { mean_file: "x" }', 1, "crop_size is missing"),
        ("RemoteData", "", 1, "0 shapes for 1 top"),
    ],
)
def test_what_forks_refuse_is_refused_before_anything_is_assumed(
    kind: str, text: str, tops: int, words: str
) -> None:
    with pytest.raises(ShapeError, match=words):
        one_graph(kind, text, [], tops, assume=True)
