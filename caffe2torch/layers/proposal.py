"""Proposal: the regions a region proposal network finds (Faster R-CNN, in C++)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers._boxes import pixel_overlap
from caffe2torch.layers._nms import keep_apart
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch

EXAMPLE = "ratio: [0.5, 1] scale: 2 base_size: 4 feat_stride: 4 min_size: 1 post_nms_topn: 3"
SIZES = "feat_stride", "base_size", "pre_nms_topn", "post_nms_topn"


class Proposal(Layer):
    """Anchors moved by the predicted offsets, clipped to the image, the likeliest kept apart.

    Shape:    scores (1, 2 * A, H, W), background first; offsets (1, 4 * A, H, W); image height,
              width and scale (1, 3) -> regions (R, 5) of image, left, top, right, bottom[, scores
              (R,)]; A is the number of ratios times that of scales. R is known only then; the
              rule says post_nms_topn
    Params:   feat_stride [16] and base_size [16] in pixels; ratio; scale; min_size [16] in pixels
              of the image before its scale; pre_nms_topn [6000]; post_nms_topn [300];
              nms_thresh [0.7]
    Weights:  none
    Differs:  regions of the same score keep the anchors' order, which the forks leave open
    Raises:   ShapeError for more than one image, or sizes that do not fit; ValueError when it is
              run on a batch
    Source:   Ren et al., Faster R-CNN (2015); PVANet's and mini-caffe's proposal_layer.cpp
    """

    type = "Proposal"
    origin = "pvanet"
    bottoms, tops = 3, (1, 2)
    size_bottom = 2
    backward = "cannot run backward"
    param_field = "proposal_param"
    examples = (
        Example(
            f"proposal_param {{ {EXAMPLE} }}",
            bottoms=[(1, 4, 1, 1), (1, 8, 1, 1), (1, 3)],
            phase="TEST",
        ),
    )

    def shapes(self, x: Site) -> list[Shape]:
        param, (scores, offsets, size) = x.param.proposal_param, x.bottoms
        for field in SIZES:
            if not getattr(param, field):
                raise ShapeError(f"{field} is 0", field=f"proposal_param.{field}")
        for field in ("ratio", "scale"):
            values = getattr(param, field)
            if not values or min(values) <= 0:
                raise ShapeError(
                    f"{field} must be given and positive", field=f"proposal_param.{field}"
                )
        anchors, cells = len(param.ratio) * len(param.scale), scores[2:]
        fits = (1, 2 * anchors, *cells) == scores and (1, 4 * anchors, *cells) == offsets
        if len(scores) != 4 or not fits or size[:1] != (1,) or size[1:2] < (3,):
            raise ShapeError(
                f"takes (1, {2 * anchors}, H, W), (1, {4 * anchors}, H, W) and (1, 3), "
                f"got {scores}, {offsets} and {size}",
                field="bottom",
                hint="give it one image, and two scores and four offsets for each ratio and scale",
            )
        return [(param.post_nms_topn, 5), (param.post_nms_topn,)][: x.n_tops]

    def code(self, x: Site) -> Code:
        p = x.param.proposal_param
        code = op(
            propose,
            anchors=tuple(anchors_around(p.base_size, list(p.ratio), list(p.scale))),
            stride=p.feat_stride,
            least=p.min_size,
            before=p.pre_nms_topn,
            after=p.post_nms_topn,
            threshold=p.nms_thresh,
        )
        call = "{self}({0}, {1}, {2})" + ("[0]" if x.n_tops == 1 else "")
        return Code(code.init, call)


def anchors_around(base: int, ratios: list[float], scales: list[float]) -> list[tuple[float, ...]]:
    """Left, top, right, bottom of the anchors around the first pixel; scales run first."""
    middle = (base - 1) / 2
    anchors: list[tuple[float, ...]] = []
    for ratio in ratios:
        wide = int((base**2 / ratio) ** 0.5 + 0.5)
        high = int(wide * ratio + 0.5)
        for scale in scales:
            w, h = (wide * scale - 1) / 2, (high * scale - 1) / 2
            anchors.append((middle - w, middle - h, middle + w, middle + h))
    return anchors


def moved_boxes(boxes: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
    """Boxes (K, 4) moved by (K, 4): centre in parts of the size, logarithms of the sizes."""
    size = boxes[:, 2:] - boxes[:, :2] + 1
    middle = boxes[:, :2] + size / 2 + offsets[:, :2] * size
    half = offsets[:, 2:].exp() * size / 2
    return torch.cat((middle - half, middle + half), 1)


def apart(boxes: torch.Tensor, threshold: float, most: int) -> torch.Tensor:
    """Indices of boxes (K, 4), the best first, of which no two overlap more than threshold."""
    return keep_apart(boxes, lambda a, b: ~(pixel_overlap(a, b) <= threshold), most)


def propose(
    scores: torch.Tensor, offsets: torch.Tensor, size: torch.Tensor,
    anchors: tuple[tuple[float, ...], ...], stride: int, least: int, before: int, after: int,
    threshold: float,
) -> tuple[torch.Tensor, torch.Tensor]:  # fmt: skip
    """Regions (R, 5) and their scores (R,); too small ones count as of score 0."""
    if len(scores) != 1:
        raise ValueError("Proposal takes one image at a time")
    n, (h, w) = len(anchors), scores.shape[2:]
    height, width, scale = size.detach().flatten()[:3].tolist()
    rows, columns = (stride * torch.arange(k, device=scores.device) for k in (h, w))
    y, x = torch.meshgrid(rows, columns, indexing="ij")
    corners = torch.stack((x, y, x, y), -1).reshape(-1, 1, 4).to(scores.dtype)
    boxes = (corners + scores.new_tensor(anchors)).reshape(-1, 4)
    moves = offsets.detach().reshape(n, 4, h, w).permute(2, 3, 0, 1).reshape(-1, 4)
    boxes = moved_boxes(boxes, moves)
    limits = boxes.new_tensor((width, height, width, height)) - 1
    boxes = torch.minimum(boxes.clamp(min=0), limits)
    wide = (boxes[:, 2:] - boxes[:, :2] + 1 >= least * scale).all(1)
    likely = scores.detach()[0, n:].permute(1, 2, 0).flatten() * wide
    order = likely.argsort(descending=True, stable=True)[:before]
    boxes, likely = boxes[order], likely[order]
    kept = apart(boxes, threshold, after)
    return torch.cat((boxes.new_zeros(len(kept), 1), boxes[kept]), 1), likely[kept]
