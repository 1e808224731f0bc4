"""BoxAnnotatorOHEM: the hardest regions of each image stay."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import run_layer, top_shapes

TEXT = "box_annotator_ohem_param { roi_per_img: 2 ignore_label: -1 }"
SHAPES = [(5, 5), (5, 1, 1, 1), (5, 1), (5, 8)]


def test_the_largest_losses_of_each_image_keep_their_labels() -> None:
    image = torch.tensor([0.0, 1, 0, 1, 0])
    rois = torch.zeros(5, 5)
    rois[:, 0] = image
    loss = torch.tensor([0.1, 9.0, 0.3, 0.2, 0.2]).view(5, 1, 1, 1)
    label = torch.tensor([4.0, 5, 6, 7, 8]).view(5, 1)
    weights = torch.arange(5.0).view(5, 1).expand(5, 8)
    labels, boxes = run_layer("BoxAnnotatorOHEM", TEXT, rois, loss, label, weights, tops=2)
    assert labels.flatten().tolist() == [-1, 5, 6, 7, 8]
    assert boxes[:, 0].flatten().tolist() == [0, 1, 2, 3, 4]
    assert labels.shape == (5, 1, 1, 1)
    assert boxes.shape == (5, 8, 1, 1)


def test_equal_losses_keep_the_first() -> None:
    rois, same = torch.zeros(5, 5), torch.ones(5, 1)
    weights = torch.ones(5, 8)
    labels, boxes = run_layer("BoxAnnotatorOHEM", TEXT, rois, same, same, weights, tops=2)
    assert labels.flatten().tolist() == [1, 1, -1, -1, -1]
    assert boxes[:, 3].flatten().tolist() == [1, 1, 0, 0, 0]


def test_places_of_a_map_are_regions_of_their_own() -> None:
    rois = torch.zeros(1, 5, 1, 3)
    loss = torch.tensor([1.0, 3, 2]).view(1, 1, 1, 3)
    labels, _ = run_layer("BoxAnnotatorOHEM", TEXT, rois, loss, loss, loss, tops=2)
    assert labels.flatten().tolist() == [-1, 3, 2]


@pytest.mark.parametrize(
    ("position", "shape"), [(0, (5, 4)), (1, (4, 1)), (2, (5, 2)), (3, (6, 8))]
)
def test_bad_input_is_refused(position: int, shape: tuple[int, int]) -> None:
    bottoms = list(SHAPES)
    bottoms[position] = shape
    with pytest.raises(ShapeError, match="has shape"):
        top_shapes("BoxAnnotatorOHEM", TEXT, bottoms, 2)


def test_a_positive_number_of_regions_is_needed() -> None:
    with pytest.raises(ShapeError, match="not positive"):
        top_shapes("BoxAnnotatorOHEM", "box_annotator_ohem_param { roi_per_img: 0 }", SHAPES, 2)
