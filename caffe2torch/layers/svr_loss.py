"""SVRLoss: the L1 loss of support vector regression, without an insensitive zone."""

from __future__ import annotations

from caffe2torch.layers._loss import NO_GRADIENT
from caffe2torch.layers.base import Example, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.l1_loss import L1Loss
from caffe2torch.layers.lazy import torch


class SVRLoss(L1Loss):
    """Sum of |prediction - score| divided by the number of items N.

    Shape:    predictions (N, any), scores of the same size -> ()
    Params:   none
    Weights:  none
    Differs:  nothing; it has no gradient for the scores
    Raises:   ShapeError if an item of one and one of the other differ in size
    Source:   a fork of Caffe for image quality (2016), src/caffe/layers/svr_loss_layer.cpp
    """

    type = "SVRLoss"
    origin = "single forks"
    no_gradient = {1: NO_GRADIENT}
    examples = (Example("", bottoms=[(4, 1), (4,)]),)

    def force_backward(self, x: Site, bottom: int) -> bool:
        return bottom == 0

    def code(self, x: Site) -> Code:
        return op(svr_loss)


def svr_loss(predictions: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
    """Sum of absolute differences over N, a scalar."""
    return (predictions - scores.reshape(predictions.shape)).abs().sum() / len(predictions)
