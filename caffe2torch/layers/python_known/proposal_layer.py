"""ProposalLayer: the regions that a region proposal network suggests (py-faster-rcnn)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch
from caffe2torch.layers.proposal import apart, moved_boxes
from caffe2torch.layers.python_known._anchors import (
    anchors_of,
    has_own_anchors,
    refuse_own_anchors,
    shifted_anchors,
)
from caffe2torch.layers.python_known.base import KnownLayer, integer

BEFORE = {True: 12000, False: 6000}
AFTER = {True: 2000, False: 300}
"""Boxes kept before and after non-maximum suppression, in TRAIN and TEST."""
OVERLAP, LEAST = 0.7, 16


class ProposalLayer(KnownLayer):
    """Anchors moved by the predicted offsets, clipped to the image, the likeliest kept apart.

    Shape:    scores (1, 2 * A, H, W), background first; offsets (1, 4 * A, H, W); image height,
              width and scale (1, 3) -> regions (R, 5) of image, left, top, right, bottom[, scores
              (R, 1)]. R is known only then; the rule says 2000 in TRAIN, 300 in TEST
    Params:   param_str feat_stride, in pixels; scales (8, 16, 32); ratios (0.5, 1, 2)
    Weights:  none
    Differs:  the project's configuration is its published one: 12000 boxes in TRAIN and 6000 in
              TEST before suppression at an overlap of 0.7, sides of at least 16 pixels of the
              image before its scale. Boxes of one score keep the anchors' order
    Raises:   ShapeError for more than one image, or sizes that do not fit; UnsupportedError where
              it is to run with another number of anchors than scales and ratios give
    Source:   Ren et al., Faster R-CNN (2015); py-faster-rcnn lib/rpn/proposal_layer.py, forward
    """

    origin = "py-faster-rcnn"
    names = (("rpn.proposal_layer", "ProposalLayer"), ("rpn.proposal_layer", "ProposalLayer2"))
    bottoms, tops = (3, None), (1, 2)
    size_bottom = 2

    def shapes(self, x: Site) -> list[Shape]:
        anchors, (scores, offsets) = len(anchors_of(x)), x.bottoms[:2]
        anchors = scores[1] // 2 if has_own_anchors(x) else anchors
        cells = scores[2:]
        if scores != (1, 2 * anchors, *cells) or offsets != (1, 4 * anchors, *cells):
            raise ShapeError(
                f"takes (1, {2 * anchors}, H, W) and (1, {4 * anchors}, H, W), "
                f"got {scores} and {offsets}",
                field="bottom",
                hint="give it one image, and two scores and four offsets an anchor",
            )
        tops: list[Shape] = [(AFTER[x.train], 5), (AFTER[x.train], 1)]
        return tops[: x.n_tops]

    def code(self, x: Site) -> Code:
        refuse_own_anchors(x)
        code = op(
            propose_regions,
            anchors=anchors_of(x),
            stride=integer(x, "feat_stride", 16),
            least=LEAST,
            before=BEFORE[x.train],
            after=AFTER[x.train],
            overlap=OVERLAP,
        )
        call = "{self}({0}, {1}, {2})" + ("[0]" if x.n_tops == 1 else "")
        return Code(code.init, call)


def propose_regions(
    scores: torch.Tensor, offsets: torch.Tensor, size: torch.Tensor,
    anchors: tuple[tuple[float, ...], ...], stride: int, least: int, before: int, after: int,
    overlap: float,
) -> tuple[torch.Tensor, torch.Tensor]:  # fmt: skip
    """Regions (R, 5) and their scores (R, 1); boxes that are too small are left out."""
    if len(scores) != 1:
        raise ValueError("ProposalLayer takes one image at a time")
    n, (h, w) = len(anchors), scores.shape[2:]
    height, width, scale = size.detach().flatten()[:3].tolist()
    moves = offsets.detach().reshape(n, 4, h, w).permute(2, 3, 0, 1).reshape(-1, 4)
    boxes = moved_boxes(shifted_anchors(scores, anchors, stride, h, w), moves)
    limits = boxes.new_tensor((width, height, width, height)) - 1
    boxes = torch.minimum(boxes.clamp(min=0), limits)
    likely = scores.detach()[0, n:].permute(1, 2, 0).flatten()
    wide = (boxes[:, 2:] - boxes[:, :2] + 1 >= least * scale).all(1)
    boxes, likely = boxes[wide], likely[wide]
    order = likely.argsort(descending=True, stable=True)[:before]
    boxes, likely = boxes[order], likely[order]
    if len(boxes):
        kept = apart(boxes, overlap, after)
        boxes, likely = boxes[kept], likely[kept]
    return torch.cat((boxes.new_zeros(len(boxes), 1), boxes), 1), likely[:, None]
