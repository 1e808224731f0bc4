"""Non-maximum suppression: of boxes that overlap too much only the likeliest stays."""

from __future__ import annotations

from collections.abc import Callable

from caffe2torch.layers._boxes import box_overlap
from caffe2torch.layers.lazy import torch


def keep_boxes(
    boxes: torch.Tensor, scores: torch.Tensor, threshold: float, eta: float = 1.0
) -> torch.Tensor:
    """Indices of the boxes (K, 4) that no kept box of a higher score (K,) overlaps too much.

    threshold: largest overlap allowed; while it is above 0.5 it shrinks by the factor `eta`
               whenever a box is kept. Scores must descend. The result is in that order.
    Source: SSD's caffe bbox_util.cpp, ApplyNMSFast
    """
    if eta >= 1 or threshold <= 0.5:
        return keep_apart(boxes, lambda a, b: box_overlap(a, b) > threshold)
    overlap = box_overlap(boxes, boxes).cpu()
    taken = torch.zeros(len(boxes), dtype=torch.bool)
    for i, row in enumerate(overlap):
        if not (row[taken] > threshold).any():
            taken[i] = True
            if threshold > 0.5:
                threshold *= eta
    return taken.nonzero()[:, 0].to(boxes.device)


def keep_apart(
    boxes: torch.Tensor,
    too_near: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    most: int | None = None,
) -> torch.Tensor:
    """Indices of boxes (K, ...), the best first, that are not too near to a kept one before.

    too_near: says it of A boxes and B others, as (A, B)
    most:     how many are wanted; all where it is None
    A block at a time: those that are too near to a kept box go, then the rest is compared with
    itself, so that the pairs of suppressed boxes are not looked at.
    """
    block = 192
    kept = torch.arange(0, device=boxes.device)
    for start in range(0, len(boxes), block):
        rows = torch.arange(start, min(start + block, len(boxes)), device=boxes.device)
        if len(kept):
            rows = rows[~too_near(boxes[kept], boxes[rows]).any(0)]
        kept = torch.cat((kept, rows[first_of_each(too_near(boxes[rows], boxes[rows]))]))
        if most is not None and len(kept) >= most:
            return kept[:most]
    return kept


def first_of_each(near: torch.Tensor) -> torch.Tensor:
    """Which of K things are kept, taken in order, where near (K, K) says which exclude each other.

    Each round settles at least one thing more, since a thing depends on those before it alone.
    """
    before = near.triu(1).to(torch.float32)
    kept = before.new_ones(len(near))
    for _ in range(len(near)):
        excluded = kept @ before
        settled = (excluded == 0).to(torch.float32)
        if torch.equal(settled, kept):
            break
        kept = settled
    return kept > 0
