"""ContrastiveLoss: the formula of its paper."""

from __future__ import annotations

from caffe2torch.layers.base import Site
from caffe2torch.layers.code import Code, number
from caffe2torch.layers.lazy import F, torch


def code(x: Site) -> Code | None:
    """A function of two batches of features and what is similar; not for legacy_version."""
    param = x.param.contrastive_loss_param
    if param.legacy_version:
        return None
    call = f"contrastive_loss({{0}}, {{1}}, {{2}}, {number(param.margin)})"
    return Code(call=call)


def contrastive_loss(
    a: torch.Tensor, b: torch.Tensor, similar: torch.Tensor, margin: float
) -> torch.Tensor:
    """Mean of half the squared distance of similar pairs, and of (margin - distance)² of others."""
    square = (a - b).flatten(1).square().sum(1)
    distance = square.clamp(min=1e-30).sqrt()  # not 0, where the root has no gradient
    far = F.relu(margin - distance).square()
    return torch.where(similar.flatten()[: len(a)].trunc() != 0, square, far).mean() / 2
