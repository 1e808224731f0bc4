"""AnchorTargetLayer: what a region proposal network shall say of each anchor (py-faster-rcnn)."""

from __future__ import annotations

from caffe2torch.layers._boxes import pixel_overlap
from caffe2torch.layers.base import Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch
from caffe2torch.layers.python_known._anchors import (
    anchors_of,
    at_random,
    box_offsets,
    has_own_anchors,
    refuse_own_anchors,
    shifted_anchors,
)
from caffe2torch.layers.python_known.base import KnownLayer, integer


class AnchorTargetLayer(KnownLayer):
    """Label and box target of each anchor inside the image, 256 of them drawn at random.

    Shape:    scores (1, 2 * A, H, W), objects (G, 5) of left, top, right, bottom and class, image
              height, width and scale (1, 3), images -> labels (1, 1, A * H, W): 1 an object, 0
              none, -1 left out; targets, inside weights and outside weights (1, 4 * A, H, W)
    Params:   param_str feat_stride, in pixels; scales (8, 16, 32); ratios (0.5, 1, 2);
              allowed_border 0, in pixels
    Weights:  none
    Differs:  the project's configuration is its published one: an object from an overlap of 0.7
              or as the best of an object, none below 0.3, 128 of 256 anchors objects at most,
              all weights equal; other random numbers
    Raises:   ShapeError for a param_str that does not fit; UnsupportedError where it is to run
              with another number of anchors than scales and ratios give
    Source:   Ren et al., Faster R-CNN (2015), section 3.1.2; py-faster-rcnn
              lib/rpn/anchor_target_layer.py, forward
    """

    origin = "py-faster-rcnn"
    names = (("rpn.anchor_target_layer", "AnchorTargetLayer"),)
    bottoms, tops = (3, None), 4

    def shapes(self, x: Site) -> list[Shape]:
        anchors, (h, w) = len(anchors_of(x)), x.bottoms[0][-2:]
        anchors = x.bottoms[0][1] // 2 if has_own_anchors(x) else anchors
        labels: Shape = (1, 1, anchors * h, w)
        return [labels, *[(1, 4 * anchors, h, w)] * 3]

    def code(self, x: Site) -> Code:
        refuse_own_anchors(x)
        code = op(
            anchor_targets,
            anchors=anchors_of(x),
            stride=integer(x, "feat_stride", 16),
            border=integer(x, "allowed_border", 0),
        )
        return Code(code.init, "{self}({0}, {1}, {2})")


def label_anchors(overlaps: torch.Tensor) -> torch.Tensor:
    """Labels (K,) of anchors that overlap with objects as (K, G) says: 1, 0 or -1."""
    labels = overlaps.new_full((len(overlaps),), -1.0)
    if not overlaps.shape[1]:
        labels[:] = 0
    elif len(overlaps):
        best = overlaps.amax(1)
        labels[best < 0.3] = 0
        labels[(overlaps == overlaps.amax(0)).any(1)] = 1
        labels[best >= 0.7] = 1
    for value, most in ((1, 128), (0, 256 - min(128, int((labels == 1).sum())))):
        which = (labels == value).nonzero()[:, 0]
        kept = at_random(which, most)
        labels[which] = -1
        labels[kept] = value
    return labels


def anchor_targets(
    scores: torch.Tensor, objects: torch.Tensor, size: torch.Tensor,
    anchors: tuple[tuple[float, ...], ...], stride: int, border: int,
) -> tuple[torch.Tensor, ...]:  # fmt: skip
    """Labels, targets, inside and outside weights over the map."""
    n, (h, w) = len(anchors), scores.shape[-2:]
    height, width = size.detach().flatten()[:2].tolist()
    every = shifted_anchors(scores, anchors, stride, h, w)
    low = every[:, :2] >= -border
    high = every[:, 2:] < every.new_tensor((width, height)) + border
    inside = (low & high).all(1).nonzero()[:, 0]
    boxes, objects = every[inside], objects.detach().reshape(-1, objects.shape[1])[:, :4]
    overlaps = pixel_overlap(boxes, objects)
    labels, targets = label_anchors(overlaps), torch.zeros_like(boxes)
    if len(objects) and len(boxes):
        targets = box_offsets(boxes, objects[overlaps.argmax(1)])
    ones = torch.ones_like(targets)
    outer = ones * (labels >= 0)[:, None] / (labels >= 0).sum().clamp(min=1)
    result = []
    for values, usual in (
        (labels[:, None], -1), (targets, 0), (ones * (labels == 1)[:, None], 0), (outer, 0),
    ):  # fmt: skip
        whole = values.new_full((len(every), values.shape[1]), usual)
        whole[inside] = values
        result.append(whole.reshape(1, h, w, -1).permute(0, 3, 1, 2).contiguous())
    return (result[0].reshape(1, 1, n * h, w), *result[1:])
