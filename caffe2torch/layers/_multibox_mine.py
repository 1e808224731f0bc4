"""Which priors count in SSD's confidence loss, and with which loss."""

from __future__ import annotations

from caffe2torch.layers._boxes import box_area
from caffe2torch.layers._nms import keep_boxes
from caffe2torch.layers.lazy import F, torch


def confidence_losses(
    scores: torch.Tensor, label: torch.Tensor, background: int, logistic: bool
) -> torch.Tensor:
    """Loss (P,) of scores (P, classes) for labels (P,); -1 is a label without a class.

    logistic: a sigmoid for each class instead of a softmax. As in SSD, the targets of the other
        classes are then `background`, so that only 0 makes sense.
    Softmax losses are bounded by -log(FLT_MIN) in value, not in gradient, as in Caffe.
    """
    if logistic:
        picked = F.one_hot(label.clamp(min=0), scores.shape[1]).bool() & (label >= 0)[:, None]
        target = torch.where(picked, torch.ones_like(scores), background)
        losses = F.binary_cross_entropy_with_logits(scores, target, reduction="none")
        return losses.sum(dim=1)
    log = F.log_softmax(scores, dim=1).gather(1, label[:, None])[:, 0]
    return -(log.detach().clamp(min=-87.33654) + log - log.detach())


def hardest(
    loss: torch.Tensor,
    eligible: torch.Tensor,
    count: int,
    boxes: torch.Tensor | None,
    threshold: float,
    top_k: int,
) -> torch.Tensor:
    """Mask (P,) of the `count` eligible priors with the largest losses (P,).

    boxes: (P, 4), if overlapping ones are to be suppressed first, by `threshold`, among the
           `top_k` hardest (-1 for all); None for no suppression.
    Source: SSD's caffe bbox_util.cpp, MineHardExamples and ApplyNMS
    """
    order = eligible.nonzero()[:, 0]
    order = order[loss[order].argsort(descending=True, stable=True)]
    if boxes is not None:
        order = order if top_k < 0 else order[:top_k]
        order = order[box_area(boxes[order], 0.0) >= 1e-5]
        order = order[keep_boxes(boxes[order], loss[order], threshold)]
    chosen = torch.zeros_like(eligible)
    chosen[order[:count]] = True
    return chosen
