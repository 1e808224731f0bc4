"""ProposalTargetLayer: regions drawn for training, with classes and boxes (py-faster-rcnn)."""

from __future__ import annotations

from caffe2torch.layers._boxes import pixel_overlap
from caffe2torch.layers.base import Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch
from caffe2torch.layers.python_known._anchors import at_random, box_offsets
from caffe2torch.layers.python_known.base import KnownLayer, integer


class ProposalTargetLayer(KnownLayer):
    """128 regions of the proposed and the true ones, each with its class and box targets.

    Shape:    regions (R, 5), objects (G, 5) of left, top, right, bottom and class -> regions
              (K, 5), labels (K, 1, 1, 1), targets, inside weights and outside weights
              (K, 4 * num_classes). K is at most 128; the rule says 128
    Params:   param_str num_classes, with the background
    Weights:  none
    Differs:  the project's configuration is its published one of end-to-end training: a quarter
              objects at most, from an overlap of 0.5, the background below; targets divided by
              (0.1, 0.1, 0.2, 0.2); other random numbers
    Raises:   ShapeError if num_classes is no number
    Source:   Ren et al., Faster R-CNN (2015); py-faster-rcnn lib/rpn/proposal_target_layer.py
    """

    origin = "py-faster-rcnn"
    names = (("rpn.proposal_target_layer", "ProposalTargetLayer"),)
    bottoms, tops = (2, None), (5, None)

    def shapes(self, x: Site) -> list[Shape]:
        columns = 4 * integer(x, "num_classes", 21)
        return [(128, 5), (128, 1, 1, 1), *[(128, columns)] * (x.n_tops - 2)]

    def code(self, x: Site) -> Code:
        code = op(proposal_targets, classes=integer(x, "num_classes", 21))
        return Code(code.init, "{self}({0}, {1})")


def proposal_targets(
    regions: torch.Tensor, objects: torch.Tensor, classes: int
) -> tuple[torch.Tensor, ...]:
    """Regions (K, 5), labels (K, 1, 1, 1), and targets with two weights (K, 4 * classes)."""
    regions, objects = regions.detach().reshape(len(regions), -1), objects.detach()
    true = torch.cat((objects.new_zeros(len(objects), 1), objects[:, :4]), 1)
    regions = torch.cat((regions[:, :5], true))
    overlaps = pixel_overlap(regions[:, 1:], objects[:, :4])
    best, which = overlaps.max(1)
    positive = at_random((best >= 0.5).nonzero()[:, 0], 32)
    negative = at_random(((best < 0.5) & (best >= 0)).nonzero()[:, 0], 128 - len(positive))
    kept = torch.cat((positive, negative))
    labels = objects[which[kept], 4].clone()
    labels[len(positive) :] = 0
    offsets = box_offsets(regions[kept, 1:], objects[which[kept], :4])
    offsets = offsets / offsets.new_tensor((0.1, 0.1, 0.2, 0.2))
    mask = torch.zeros(len(kept), classes, 4, device=labels.device, dtype=labels.dtype)
    rows = (labels > 0).nonzero()[:, 0]
    # a detector that does not tell classes apart has two: background and object
    mask[rows, labels[rows].long().clamp(max=classes - 1)] = 1
    targets = (mask * offsets[:, None]).flatten(1)
    inside = mask.flatten(1)
    return regions[kept], labels.reshape(-1, 1, 1, 1), targets, inside, inside.clone()
