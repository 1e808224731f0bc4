"""MultiLabelSigmoidLoss: a sigmoid loss for several labels, some unknown (DeepDetect)."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch.errors import ShapeError
from caffe2torch.layers._loss import NO_GRADIENT, scalar
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import F, torch


class MultiLabelSigmoidLoss(Layer):
    """Mean of -t log(sigmoid(x)) - (1 - t) log(1 - sigmoid(x)) over the targets t that are not
    negative.

    Shape:    scores (N, any), targets of the same shape -> ()
    Params:   none
    Weights:  none
    Differs:  as in the fork, the gradient is divided by N and the value by the number of targets
              that count; without any, the gradient is 0 here and not a number there
    Raises:   ShapeError if the shapes differ
    Source:   DeepDetect's caffe src/caffe/layers/multi_label_sigmoid_loss_layer.cpp
    """

    type = "MultiLabelSigmoidLoss"
    origin = "deepdetect"
    bottoms = 2
    loss = True
    applies = "Sigmoid"
    paired = True
    no_gradient = {1: NO_GRADIENT}
    examples = (Example("", bottoms=[(4, 3), (4, 3)], integer=(1,), classes=2),)

    def shapes(self, x: Site) -> list[Shape]:
        if x.bottoms[0][1:] != x.bottoms[1][1:]:
            raise ShapeError(f"bottoms {x.bottoms[0]} and {x.bottoms[1]} differ", field="bottom")
        return scalar(x)

    def code(self, x: Site) -> Code:
        return op(multi_label_loss)

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return 2 * math.prod(x.bottoms[0])


class CaffeMultiLabelLoss(torch.autograd.Function):
    """The mean over what counts, whose gradient is divided by the items alone."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, targets: torch.Tensor) -> Any:
        counts = (targets >= 0).to(x.dtype)
        ctx.save_for_backward((x.sigmoid() - targets) * counts / len(x))
        losses = F.binary_cross_entropy_with_logits(x, targets, reduction="none")
        return (losses * counts).sum() / counts.sum().clamp(min=1)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> Any:
        return grad * ctx.saved_tensors[0], None


def multi_label_loss(x: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The loss of scores (N, any) and targets of the same shape, a scalar."""
    return CaffeMultiLabelLoss.apply(x, targets.detach())
