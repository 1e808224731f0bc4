"""MultiLabelSoftmaxWithLoss: the log of a sigmoid for each label that an item has (QaDWH)."""

from __future__ import annotations

from typing import Any

from caffe2torch.layers._loss import NO_GRADIENT, check_counts, scalar
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.lazy import F, torch


class MultiLabelSoftmaxWithLoss(Layer):
    """Sum of -log(sigmoid(x)) over the labels that are set, over the items.

    Shape:    scores (N, any), labels of the same count -> ()[, sigmoids as the scores]
    Params:   none
    Weights:  none
    Differs:  nothing. As in the fork, the gradient is that of a full sigmoid loss: what is not
              set is pushed down, too, although the value leaves it out
    Raises:   ShapeError if the labels do not fit
    Source:   QaDWH src/caffe/layers/multilabel_softmax_loss_layer.cpp
    """

    type = "MultiLabelSoftmaxWithLoss"
    origin = "QaDWH"
    bottoms, tops = 2, (1, 2)
    loss = True
    applies = "Sigmoid"
    paired = True
    no_gradient = {1: NO_GRADIENT}
    examples = (Example("", bottoms=[(4, 3), (4, 3)], integer=(1,), classes=2),)

    def shapes(self, x: Site) -> list[Shape]:
        check_counts(x)
        return [*scalar(x), x.bottoms[0]][: max(x.n_tops, 1)]

    def code(self, x: Site) -> Code:
        loss = "CaffeSetLabelLoss.apply({0}, {1})"
        return Code(call=f"({loss}, {{0}}.sigmoid().detach())" if x.n_tops > 1 else loss)


class CaffeSetLabelLoss(torch.autograd.Function):
    """Minus the logs of the sigmoids of set labels; the gradient is that of all labels."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Give the loss of scores (N, any) and labels of their count, a scalar."""
        is_set = (labels.reshape(x.shape) > 0).to(x.dtype)
        ctx.save_for_backward((x.sigmoid() - is_set) / len(x))
        return (F.softplus(-x) * is_set).sum() / len(x)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        """Give (sigmoid(x) - label) / N."""
        return gradient * ctx.saved_tensors[0], None
