"""SigmoidCrossEntropyLoss: the cross entropy between targets and the sigmoid of scores."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError
from caffe2torch.layers._loss import NO_GRADIENT, ignored_label, loss_divisor, normalization, scalar
from caffe2torch.layers.base import Example, Layer, Moments, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import F, torch


class SigmoidCrossEntropyLoss(Layer):
    """-t log(sigmoid(x)) - (1 - t) log(1 - sigmoid(x)), summed and divided.

    Shape:    x (N, ...), targets of as many values from 0 to 1 -> ()
    Params:   ignore_label: targets that do not count, cut down to whole numbers first, so that
              0 means all from 0 to below 1; normalization, BATCH_SIZE by default divides by N,
              VALID by the targets that count, FULL by all, NONE by 1; normalize, its old name:
              true is VALID, false BATCH_SIZE
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError if there are not as many targets as scores
    Source:   Caffe src/caffe/layers/sigmoid_cross_entropy_loss_layer.cpp
    """

    type = "SigmoidCrossEntropyLoss"
    bottoms = 2
    loss = True
    applies = "Sigmoid"
    paired = True
    no_gradient = {1: NO_GRADIENT}
    param_field = "loss_param"
    examples = (
        Example(bottoms=[(2, 3, 4), (2, 12)]),
        Example(
            "loss_param { ignore_label: 1 normalization: VALID }", bottoms=[(4, 3)] * 2, high=2
        ),
    )

    def shapes(self, x: Site) -> list[Shape]:
        scores, targets = x.bottoms
        if math.prod(scores) != math.prod(targets):
            raise ShapeError(
                f"{math.prod(targets)} targets for {math.prod(scores)} scores "
                f"(bottoms {scores} and {targets})",
                field="bottom",
                hint="give one target between 0 and 1 per score",
            )
        return scalar(x)

    def label_range(self, x: Site, bottom: int) -> int | None:
        return 2 if bottom == 1 else None

    def rereads(self, x: Site) -> tuple[int, ...]:
        return (1,)

    def code(self, x: Site) -> Code:
        mode = normalization(x, default="BATCH_SIZE")
        fixed = x.param.loss_param.pre_fixed_normalizer
        return op(
            sigmoid_loss,
            ignore=ignored_label(x),
            normalization=fixed if mode == "PRE_FIXED" else mode,
        )

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments.loss import SigmoidLoss

        return SigmoidLoss()

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return 2 * math.prod(x.bottoms[0])


def sigmoid_loss(
    x: torch.Tensor, targets: torch.Tensor, ignore: int | None, normalization: str | float
) -> torch.Tensor:
    """Cross entropy of sigmoid(x) (N, ...) and as many targets."""
    targets = targets.detach().reshape(x.shape)
    if ignore is None:
        loss = F.binary_cross_entropy_with_logits(x, targets, reduction="sum")
        return loss / loss_divisor(normalization, None, x.numel(), len(x))
    valid = targets.trunc() != ignore
    losses = F.binary_cross_entropy_with_logits(x, targets, reduction="none")
    return losses.where(valid, 0).sum() / loss_divisor(normalization, valid, x.numel(), len(x))
