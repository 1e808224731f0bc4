"""Non-maximum suppression as SSD does it, by torchvision where that can be imported."""

from __future__ import annotations

from caffe2torch.layers._boxes import box_overlap
from caffe2torch.layers._rois import torchvision_ops
from caffe2torch.layers.lazy import torch


def keep_boxes(
    boxes: torch.Tensor, scores: torch.Tensor, threshold: float, eta: float = 1.0
) -> torch.Tensor:
    """Indices of the boxes (K, 4) that no kept box of a higher score (K,) overlaps too much.

    threshold: largest overlap allowed; while it is above 0.5 it shrinks by the factor `eta`
               whenever a box is kept. Scores must descend. The result is in that order.
    Source: SSD's caffe bbox_util.cpp, ApplyNMSFast
    """
    ops = torchvision_ops() if eta >= 1 else None
    if ops is not None:
        kept: torch.Tensor = ops.nms(boxes, scores, threshold)
        return kept
    overlap = box_overlap(boxes, boxes).cpu()
    taken = torch.zeros(len(boxes), dtype=torch.bool)
    for i, row in enumerate(overlap):
        if not (row[taken] > threshold).any():
            taken[i] = True
            if eta < 1 and threshold > 0.5:
                threshold *= eta
    return taken.nonzero()[:, 0].to(boxes.device)
