"""MultiLabelLoss: a sigmoid loss for several labels, those of 0 left out."""

from __future__ import annotations

from typing import ClassVar

from caffe2torch.layers._loss import NO_GRADIENT, check_counts, scalar
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import F, torch


class MultiLabelLoss(Layer):
    """Sum of -log(sigmoid(x)) for targets above 0 and -log(1 - sigmoid(x)) below, over the items.

    Shape:    scores (N, any), targets of the same shape: 1, -1, or 0 for unknown -> ()
    Params:   none
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError if the shapes differ
    Source:   clothesDetection caffe-fast-rcnn/src/caffe/layers/multi_label_loss_layer.cpp; drml
              multi_sigmoid_cross_entropy_loss_layer.cpp, the same loss
    """

    type = "MultiLabelLoss"
    aliases: ClassVar[tuple[str, ...]] = ("MultiSigmoidCrossEntropyLoss",)
    origin = "clothesDetection"
    bottoms = 2
    loss = True
    applies = "Sigmoid"
    paired = True
    no_gradient = {1: NO_GRADIENT}
    examples = (Example("", bottoms=[(4, 3), (4, 3)], integer=(1,), classes=2),)

    def shapes(self, x: Site) -> list[Shape]:
        check_counts(x)
        return scalar(x)

    def code(self, x: Site) -> Code:
        return op(signed_label_loss)


def signed_label_loss(x: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The loss of scores (N, any) and signed targets, a scalar."""
    targets = targets.detach().reshape(x.shape)
    losses = F.binary_cross_entropy_with_logits(x, (targets > 0).to(x.dtype), reduction="none")
    return (losses * (targets != 0)).sum() / len(x)
