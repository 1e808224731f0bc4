"""Proposal by hand: anchors of 16 pixels (0..15) at two pixels of a map, 16 pixels apart."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import run_layer, top_shapes

PARAM = "ratio: 1 scale: 1 min_size: 8"
SCORES = torch.tensor([0.1, 0.8, 0.9, 0.2]).reshape(1, 2, 1, 2)
SIZE = torch.tensor([[16.0, 32.0, 1.0]])


def proposals(param: str, offsets: torch.Tensor, tops: int = 2) -> list[torch.Tensor]:
    return run_layer("Proposal", f"proposal_param {{ {param} }}", SCORES, offsets, SIZE, tops=tops)


def test_anchors_without_offsets_come_by_score() -> None:
    rois, scores = proposals(PARAM, torch.zeros(1, 4, 1, 2))
    assert rois.tolist() == [[0, 0, 0, 16, 15], [0, 16, 0, 31, 15]]
    assert scores.tolist() == pytest.approx([0.9, 0.2])


def test_offsets_move_and_the_image_clips() -> None:
    """The second anchor's centre goes right by a quarter of its 16 pixels: 20..36, cut at 31."""
    offsets = torch.zeros(1, 4, 1, 2)
    offsets[0, 0, 0, 1] = 0.25
    rois, _ = proposals(PARAM, offsets)
    assert rois[1].tolist() == [0, 20, 0, 31, 15]
    # the corners of the anchor are 15 apart, the moved box's 16, as the forks have it
    assert rois[0].tolist() == [0, 0, 0, 16, 15]


def test_overlapping_ones_go() -> None:
    """Moved left by a whole anchor, the second lies on the first."""
    offsets = torch.zeros(1, 4, 1, 2)
    offsets[0, 0, 0, 1] = -1
    rois, scores = proposals(PARAM, offsets)
    assert rois.shape == (1, 5)
    assert scores.tolist() == pytest.approx([0.9])


def test_small_ones_count_as_unlikely() -> None:
    _, scores = proposals("ratio: 1 scale: 1 min_size: 17", torch.zeros(1, 4, 1, 2))
    assert scores.tolist() == [0, 0]


def test_one_top_and_the_most() -> None:
    (rois,) = proposals(f"{PARAM} post_nms_topn: 1", torch.zeros(1, 4, 1, 2), tops=1)
    assert rois.tolist() == [[0, 0, 0, 16, 15]]


@pytest.mark.parametrize(
    ("param", "scores"),
    [
        ("ratio: 1 scale: 1", (2, 2, 1, 2)),
        ("ratio: 1 scale: [1, 2]", (1, 2, 1, 2)),
        ("scale: 1", (1, 2, 1, 2)),
        ("ratio: 1 scale: 1 feat_stride: 0", (1, 2, 1, 2)),
    ],
)
def test_what_it_refuses(param: str, scores: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError):
        top_shapes("Proposal", f"proposal_param {{ {param} }}", [scores, (1, 4, 1, 2), (1, 3)])
