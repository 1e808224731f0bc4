"""Yolov3DetectionOutput by hand."""

from __future__ import annotations

import math

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import run_layer, top_shapes

TEXT = """
yolov3_detection_output_param { num_classes: 2 num_box: 1 mask_group_num: 2 mask: 1 mask: 0
  biases: [8, 16, 32, 64] anchors_scale: 32 anchors_scale: 16 confidence_threshold: 0.3 }
"""


def logit(p: float) -> float:
    return math.log(p / (1 - p))


def maps() -> tuple[torch.Tensor, torch.Tensor]:
    """Two maps of an image of 64 pixels, with nothing in them."""
    return torch.full((1, 7, 2, 2), -20.0), torch.full((1, 7, 4, 4), -20.0)


def test_one_box_of_each_map() -> None:
    coarse, fine = maps()
    coarse[0, :, 1, 0] = torch.tensor([0, logit(0.25), 0, math.log(0.5), logit(0.9), 9, -9])
    fine[0, :, 0, 3] = torch.tensor([0, 0, math.log(2), 0, logit(0.5), -9, logit(0.8)])
    (rows,) = run_layer("Yolov3DetectionOutput", TEXT, coarse, fine, phase="TEST")
    assert rows.shape == (1, 1, 2, 7)
    # anchor 32 x 64 of the coarse map at cell (0, 1): centre (0.25, 0.625), size (0.5, 0.5)
    first = [0, 1, 0.9 / (1 + math.exp(-9)), 0, 0.375, 0.5, 0.875]
    # anchor 8 x 16 of the fine map at cell (3, 0): centre (0.875, 0.125), size (0.25, 0.25)
    second = [0, 2, 0.4, 0.75, 0, 1, 0.25]
    assert rows[0, 0].tolist() == [pytest.approx(first, abs=1e-5), pytest.approx(second, abs=1e-5)]


def test_a_box_of_two_likely_classes_keeps_the_likelier() -> None:
    coarse, fine = maps()
    coarse[0, :, 0, 0] = torch.tensor([0, 0, 0, 0, 20, logit(0.6), logit(0.7)])
    (rows,) = run_layer("Yolov3DetectionOutput", TEXT, coarse, fine, phase="TEST")
    assert rows[0, 0, :, 1:3].tolist() == [[2, pytest.approx(0.7, abs=1e-5)]]


def test_nothing_found() -> None:
    (rows,) = run_layer("Yolov3DetectionOutput", TEXT, *maps(), phase="TEST")
    assert rows.flatten().tolist() == [0, -1, -1, -1, -1, -1, -1]


@pytest.mark.parametrize(
    ("text", "bottoms", "words"),
    [
        (TEXT, [(1, 7, 2, 2)], "takes 2 bottoms"),
        (TEXT, [(1, 7, 2, 2), (1, 8, 4, 4)], "not \\(N, 7, H, W\\)"),
        (TEXT.replace("mask: 0", ""), [(1, 7, 2, 2), (1, 7, 4, 4)], "of mask for 2 maps"),
        (TEXT.replace("[8, 16, 32, 64]", "[8, 16]"), [(1, 7, 2, 2), (1, 7, 4, 4)], "of biases"),
        (TEXT.replace("anchors_scale: 16", ""), [(1, 7, 2, 2), (1, 7, 4, 4)], "of anchors_scale"),
    ],
)
def test_sizes_must_fit(text: str, bottoms: list[tuple[int, ...]], words: str) -> None:
    with pytest.raises(ShapeError, match=words):
        top_shapes("Yolov3DetectionOutput", text, bottoms)
