"""PairwiseLoss: codes of items that share a label shall agree (deep hashing)."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch.layers._loss import NO_GRADIENT, scalar
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import F, torch


class PairwiseLoss(Layer):
    """Mean over all pairs of log(1 + exp(p)) - s · p, with p the inner product of two codes and
    s = 1 where their labels have one in common, else 0.

    Shape:    codes (N, any), labels (N, any), 0 or 1 for each label -> ()
    Params:   threshold [-1]: from this p on, if it is not negative, the value is p · (1 - s)
    Weights:  none
    Differs:  the gradient does not know of the threshold, as the fork's
    Raises:   ShapeError if there are not as many labels as codes
    Source:   Zhu et al., Deep Hashing Network for Efficient Similarity Retrieval (2016); its
              caffe src/caffe/layers/pairwise_loss_layer.cu
    """

    type = "PairwiseLoss"
    origin = "deep hashing"
    bottoms = 2
    loss = True
    no_gradient = {1: NO_GRADIENT}
    param_field = "pairwise_param"
    examples = (Example("", bottoms=[(4, 3), (4, 2)], integer=(1,), classes=2),)

    def shapes(self, x: Site) -> list[Shape]:
        return scalar(x)

    def code(self, x: Site) -> Code:
        return op(pairwise_loss, threshold=x.param.pairwise_param.threshold)

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return x.bottoms[0][0] * (math.prod(x.bottoms[0]) + math.prod(x.bottoms[1]))


class CaffePairwiseLoss(torch.autograd.Function):
    """The loss over all pairs of rows, whose gradient ignores the threshold."""

    @staticmethod
    def forward(ctx: Any, codes: torch.Tensor, same: torch.Tensor, threshold: float) -> Any:
        product = codes @ codes.T
        losses = F.softplus(product) - same * product
        if threshold >= 0:
            losses = torch.where(product >= threshold, product * (1 - same), losses)
        ctx.save_for_backward(codes, 2 * (product.sigmoid() - same) / same.numel())
        return losses.mean()

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> Any:
        codes, slope = ctx.saved_tensors
        return grad * (slope @ codes), None, None


def pairwise_loss(codes: torch.Tensor, labels: torch.Tensor, threshold: float) -> torch.Tensor:
    """The loss of codes (N, any) and labels (N, any), a scalar."""
    flat = labels.detach().flatten(1)
    same = (flat @ flat.T > 0).to(codes.dtype)
    return CaffePairwiseLoss.apply(codes.flatten(1), same, threshold)
