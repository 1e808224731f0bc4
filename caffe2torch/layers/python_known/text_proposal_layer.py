"""TextProposalLayer: the ProposalLayer of CTPN, strips of text 16 pixels wide."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch
from caffe2torch.layers.python_known._anchors import shifted_anchors
from caffe2torch.layers.python_known.base import KnownLayer, integer

HEIGHTS = (11, 16, 23, 33, 48, 68, 97, 139, 198, 283)
ANCHORS = tuple((0.0, float(int(7.5 - h // 2)), 15.0, float(int(7.5 + h // 2))) for h in HEIGHTS)


class TextProposalLayer(KnownLayer):
    """Ten anchors a cell, 16 pixels wide, moved up and down and made as high as predicted.

    Shape:    scores (1, 20, H, W), background first; offsets (1, 20, H, W); image height, width
              and scale (1, 3) -> boxes (10 * H * W, 4) of left, top, right, bottom; scores
              (10 * H * W, 1)
    Params:   param_str feat_stride, in pixels
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError for more than one image, or sizes that do not fit
    Source:   Tian et al., Connectionist Text Proposal Network (2016); CTPN
              src/layers/text_proposal_layer.py and src/anchor.py
    """

    origin = "CTPN"
    names = (("text_proposal_layer", "ProposalLayer"),)
    bottoms, tops = 3, 2
    size_bottom = 2

    def shapes(self, x: Site) -> list[Shape]:
        scores, offsets = x.bottoms[:2]
        wanted = (1, 2 * len(HEIGHTS), *scores[2:])
        if len(scores) != 4 or scores != wanted or offsets != wanted:
            raise ShapeError(f"takes (1, 20, H, W) twice, got {scores}, {offsets}", field="bottom")
        boxes = len(HEIGHTS) * scores[2] * scores[3]
        return [(boxes, 4), (boxes, 1)]

    def code(self, x: Site) -> Code:
        return op(propose_text, anchors=ANCHORS, stride=integer(x, "feat_stride", 16))


def propose_text(
    scores: torch.Tensor, offsets: torch.Tensor, size: torch.Tensor,
    anchors: tuple[tuple[float, ...], ...], stride: int,
) -> tuple[torch.Tensor, torch.Tensor]:  # fmt: skip
    """Boxes (10 * H * W, 4) and scores (10 * H * W, 1), cell by cell."""
    n, (h, w) = len(anchors), scores.shape[2:]
    boxes = shifted_anchors(scores, anchors, stride, h, w)
    moves = offsets.detach().reshape(n, 2, h, w).permute(2, 3, 0, 1).reshape(-1, 2)
    high = boxes[:, 3] - boxes[:, 1] + 1
    tall = moves[:, 1].exp() * high
    top = moves[:, 0] * high + (boxes[:, 1] + boxes[:, 3]) / 2 - tall / 2
    boxes = torch.stack((boxes[:, 0], top, boxes[:, 2], top + tall), 1)
    height, width = size.detach().flatten()[:2].tolist()
    boxes = torch.minimum(boxes.clamp(min=0), boxes.new_tensor((width, height) * 2) - 1)
    return boxes, scores.detach()[0, n:].permute(1, 2, 0).reshape(-1, 1)
