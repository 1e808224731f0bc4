"""Shapes of missing data that the rest of the net confirms."""

from __future__ import annotations

import pytest

from caffe2torch.errors import ShapeError
from caffe2torch.format.upgrade import parse_net
from caffe2torch.graph import build_graph
from caffe2torch.graph.model import Graph

HDF5 = """
layer { name: "d" type: "HDF5Data" top: "data" top: "label"
  hdf5_data_param { source: "missing.txt" batch_size: 4 } }
"""


def graph(text: str) -> Graph:
    return build_graph(parse_net(text), phase="TRAIN", assume=True)


def test_a_label_is_as_wide_as_the_scores_it_is_compared_with() -> None:
    found = graph(
        HDF5
        + 'layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" '
        + "inner_product_param { num_output: 30 } }"
        + 'layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "label" }'
    )
    assert found.shapes["label"] == (4, 30)
    assert "label (4, 30)" in found.notes[0]


def test_a_copy_of_the_data_that_a_layer_reads_tells_its_shape() -> None:
    found = graph(
        HDF5
        + 'layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" '
        + "inner_product_param { num_output: 1 } }"
        + 'layer { name: "c" type: "Concat" bottom: "data" bottom: "ip" top: "c" }'
    )
    assert found.shapes["data"] == (4, 1)
    assert found.shapes["c"] == (4, 2)


def test_label_images_grow_with_the_image_that_the_net_needs() -> None:
    found = graph(
        """
        layer { name: "d" type: "DenseImageData" top: "data" top: "label"
          dense_image_data_param { source: "missing.txt" batch_size: 2 } }
        layer { name: "p" type: "Pooling" bottom: "data" top: "p"
          pooling_param { kernel_size: 8 stride: 8 } }
        layer { name: "u" type: "Input" top: "u" input_param { shape { dim: [2, 3, 45, 60] } } }
        layer { name: "e" type: "Eltwise" bottom: "p" bottom: "u" top: "e" }
        """
    )
    assert found.shapes["data"] == (2, 3, 360, 480)
    assert found.shapes["label"] == (2, 1, 360, 480)


def test_a_second_guess_is_tried_where_the_first_fails_later() -> None:
    found = graph(
        """
        layer { name: "d" type: "HDF5Data" top: "cont" top: "words"
          hdf5_data_param { source: "missing.txt" batch_size: 20 } }
        layer { name: "e" type: "Embed" bottom: "words" top: "e"
          embed_param { num_output: 1000 input_dim: 8801 } }
        layer { name: "l" type: "LSTM" bottom: "e" bottom: "cont" top: "l"
          recurrent_param { num_output: 10 } }
        """
    )
    assert found.shapes["words"] == (20, 3)
    assert found.shapes["l"] == (20, 3, 10)


def test_an_error_that_no_size_of_the_data_changes_is_said_of_the_first_guess() -> None:
    text = (
        HDF5
        + 'layer { name: "p" type: "Pooling" bottom: "data" top: "p" '
        + "pooling_param { kernel_size: 5000 } }"
    )
    with pytest.raises(ShapeError, match="224×224 pixels"):
        graph(text)


def test_size_and_labels_are_found_together() -> None:
    found = graph(
        """
        layer { name: "d" type: "HDF5Data" top: "data" top: "label"
          hdf5_data_param { source: "missing.txt" batch_size: 2 } }
        layer { name: "c" type: "Convolution" bottom: "data" top: "c"
          convolution_param { num_output: 7 kernel_size: 32 stride: 32 } }
        layer { name: "loss" type: "EuclideanLoss" bottom: "c" bottom: "label" top: "loss" }
        layer { name: "u" type: "Input" top: "u" input_param { shape { dim: [2, 7, 13, 13] } } }
        layer { name: "e" type: "Eltwise" bottom: "c" bottom: "u" top: "e" }
        """
    )
    assert found.shapes["data"] == (2, 3, 416, 416)
    assert found.shapes["label"] == (2, 7, 13, 13)


def test_a_fault_behind_the_guess_is_what_is_said() -> None:
    with pytest.raises(ShapeError, match="produced by multiple sources"):
        graph(
            HDF5
            + 'layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" '
            + "inner_product_param { num_output: 30 } }"
            + 'layer { name: "l" type: "EuclideanLoss" bottom: "ip" bottom: "label" top: "l" }'
            + 'layer { name: "m" type: "EuclideanLoss" bottom: "ip" bottom: "label" top: "l" }'
        )


def test_a_database_has_one_label_a_record_whatever_reads_it() -> None:
    with pytest.raises(ShapeError, match="items of 30 and of 1 values"):
        graph(
            'layer { name: "d" type: "Data" top: "data" top: "label" '
            + 'data_param { source: "missing" batch_size: 4 } }'
            + 'layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" '
            + "inner_product_param { num_output: 30 } }"
            + 'layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "label" }'
        )
