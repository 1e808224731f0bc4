"""YoloDetectionOutput by hand."""

from __future__ import annotations

import math

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import run_layer, top_shapes

TEXT = (
    "yolo_detection_output_param { num_classes: 2 num_box: 1 biases: [1, 2] "
    "confidence_threshold: %r nms_threshold: %r }"
)


def output(*cells: tuple[int, int, list[float]]) -> torch.Tensor:
    """(1, 7, 2, 2), with objectness -20 wherever nothing is said."""
    x = torch.zeros(1, 7, 2, 2)
    x[:, 4] = -20
    for row, column, values in cells:
        x[0, :, row, column] = torch.tensor(values)
    return x


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def test_one_box() -> None:
    x = output((1, 0, [0, 0, 0, math.log(0.5), 3, 0, 2]))
    (top,) = run_layer("YoloDetectionOutput", TEXT % (0.5, 0.45), x, torch.zeros(1, 3, 9, 9))
    score = sigmoid(3) * sigmoid(2)
    # centre (0.5, 1.5) of 2 cells, one cell wide and high
    assert top[0, 0].tolist() == [pytest.approx([0, 2, score, 0, 0.5, 0.5, 1.0])]


def test_overlapping_boxes_of_all_classes_suppress_each_other() -> None:
    wide = math.log(4)
    x = output((0, 0, [9, 0, wide, wide, 3, 5, 0]), (0, 1, [-9, 0, wide, wide, 2, 0, 5]))
    (top,) = run_layer("YoloDetectionOutput", TEXT % (0.01, 0.45), x)
    assert top[0, 0, :, 1].tolist() == [1]
    (top,) = run_layer("YoloDetectionOutput", TEXT % (0.01, 1.5), x)
    assert top[0, 0, :, 1].tolist() == [1, 2]


def test_an_overlap_equal_to_the_threshold_is_too_much() -> None:
    # sides of one cell and two: a quarter of each other, at the same place
    x = torch.zeros(1, 14, 1, 1)
    x[0, 4], x[0, 11] = 2.0, 1.0
    text = (
        "yolo_detection_output_param { num_classes: 2 num_box: 2 biases: [1, 1, 0.5, 0.5] "
        "nms_threshold: %r }"
    )
    (top,) = run_layer("YoloDetectionOutput", text % 0.25, x)
    assert top.shape[2] == 1
    (top,) = run_layer("YoloDetectionOutput", text % 0.26, x)
    assert top.shape[2] == 2


def test_classes_beyond_num_classes_do_not_count() -> None:
    x = output((1, 0, [0, 0, 0, 0, 3, 0, 2]))
    wide = torch.cat((x, torch.full((1, 3, 2, 2), 50.0)), dim=1)
    (top,) = run_layer("YoloDetectionOutput", TEXT % (0.5, 0.45), wide)
    (wanted,) = run_layer("YoloDetectionOutput", TEXT % (0.5, 0.45), x)
    torch.testing.assert_close(top, wanted)


def test_nothing_gives_a_row_of_minus_one_per_image() -> None:
    (top,) = run_layer("YoloDetectionOutput", TEXT % (0.9, 0.45), torch.zeros(2, 7, 2, 2))
    assert top[0, 0].tolist() == [[0, *[-1] * 6], [1, *[-1] * 6]]


def test_bad_input_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"not \(N, 7, H, W\)"):
        top_shapes("YoloDetectionOutput", TEXT % (0.9, 0.4), [(1, 6, 2, 2)])
    with pytest.raises(ShapeError, match="0 biases for 1 anchors"):
        top_shapes(
            "YoloDetectionOutput",
            "yolo_detection_output_param { num_classes: 2 num_box: 1 }",
            [(1, 7, 2, 2)],
        )
