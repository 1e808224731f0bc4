"""Boxes as SSD codes and compares them; corners are xmin, ymin, xmax, ymax in fractions."""

from __future__ import annotations

from caffe2torch.layers.lazy import torch


def box_overlap(a: torch.Tensor, b: torch.Tensor, extra: float = 0.0) -> torch.Tensor:
    """Jaccard overlap (A, B) of boxes (A, 4) and (B, 4); a box turned inside out has area 0.

    extra: 1 for boxes in whole pixels, whose ends belong to them; as in SSD, boxes that do not
           meet then share one pixel.
    Source: SSD's caffe bbox_util.cpp, JaccardOverlap
    """
    (left, top, right, bottom), other = a[:, :, None].unbind(1), b.unbind(1)
    wide = torch.minimum(right, other[2]).sub_(torch.maximum(left, other[0]))
    high = torch.minimum(bottom, other[3]).sub_(torch.maximum(top, other[1]))
    if extra:
        apart = (wide < 0).logical_or_(high < 0)
        both = wide.add_(extra).mul_(high.add_(extra)).masked_fill_(apart, extra)
    else:
        both = wide.clamp_(min=0).mul_(high.clamp_(min=0))
    union = (box_area(a, extra)[:, None] + box_area(b, extra)).sub_(both)
    return both.div_(union.masked_fill_(both <= 0, 1))


def pixel_overlap(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Overlap (A, B) of boxes (A, 4) and (B, 4) in whole pixels, whose ends belong to them."""
    (left, top, right, bottom), other = a[:, :, None].unbind(1), b.unbind(1)
    wide = torch.minimum(right, other[2]).sub_(torch.maximum(left, other[0])).add_(1)
    high = torch.minimum(bottom, other[3]).sub_(torch.maximum(top, other[1])).add_(1)
    both = wide.clamp_(min=0).mul_(high.clamp_(min=0))
    area_a, area_b = ((box[:, 2:] - box[:, :2] + 1).prod(1) for box in (a, b))
    return both.div_((area_a[:, None] + area_b).sub_(both))


def box_area(box: torch.Tensor, extra: float) -> torch.Tensor:
    """Area (B,) of boxes (B, 4), with sides longer by `extra`."""
    side = box[:, 2:] - box[:, :2]
    return (side + extra).prod(dim=-1) * (side >= 0).all(dim=-1)


def encode_boxes(
    box: torch.Tensor, prior: torch.Tensor, variance: torch.Tensor, code: str
) -> torch.Tensor:
    """Offsets of boxes from priors, all (..., 4), divided by the variances.

    code: CORNER, CORNER_SIZE or CENTER_SIZE, as in PriorBoxParameter.
    Source: SSD's caffe bbox_util.cpp, EncodeBBox
    """
    size = prior[..., 2:] - prior[..., :2]
    if code == "CORNER":
        return (box - prior) / variance
    if code == "CORNER_SIZE":
        return (box - prior) / torch.cat((size, size), dim=-1) / variance
    shift = (box[..., :2] + box[..., 2:] - prior[..., :2] - prior[..., 2:]) / 2 / size
    stretch = ((box[..., 2:] - box[..., :2]) / size).log()
    return torch.cat((shift, stretch), dim=-1) / variance


def decode_boxes(
    offset: torch.Tensor, prior: torch.Tensor, variance: torch.Tensor, code: str
) -> torch.Tensor:
    """Boxes at given offsets from priors, all (..., 4); the inverse of `encode_boxes`.

    Source: SSD's caffe bbox_util.cpp, DecodeBBox
    """
    offset = offset * variance
    size = prior[..., 2:] - prior[..., :2]
    if code == "CORNER":
        return prior + offset
    if code == "CORNER_SIZE":
        return prior + offset * torch.cat((size, size), dim=-1)
    center = (prior[..., :2] + prior[..., 2:]) / 2 + offset[..., :2] * size
    half = offset[..., 2:].exp() * size / 2
    return torch.cat((center - half, center + half), dim=-1)


def split_priors(prior: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Boxes and variances, both (P, 4), of a PriorBox's top (1, 2, P * 4)."""
    boxes, spread = prior.detach()[0].reshape(2, -1, 4)
    return boxes, spread
