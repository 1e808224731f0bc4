"""SoftmaxWithLoss of plain scores and labels: torch's cross entropy, with Caffe's ceiling."""

from __future__ import annotations

from caffe2torch.layers._loss import ignored_label, normalization
from caffe2torch.layers.base import Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.lazy import F, torch


def code(x: Site) -> Code | None:
    """A function of scores (N, C) and labels (N): None where loss_param or an axis says more."""
    loss = x.param.loss_param
    plain = len(x.bottoms[0]) == 2 and x.param.softmax_param.axis in (1, -1)
    if not plain or ignored_label(x) is not None or loss.weight_by_label_freqs:
        return None
    if normalization(x) not in ("VALID", "FULL", "BATCH_SIZE"):
        return None
    return Code(call="softmax_loss({0}, {1})")


def softmax_loss(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Mean cross entropy; Caffe cuts it at -log(FLT_MIN) = 87.3 a sample."""
    losses = F.cross_entropy(scores, labels.flatten().long(), reduction="none")
    return losses.clamp(max=87.33654475).mean()
