"""KLDivLoss: how a saliency map differs from the true one (DSCLRCN)."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch.layers._loss import NO_GRADIENT, scalar
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.lazy import torch
from caffe2torch.layers.nss_loss import check_maps


class KLDivLoss(Layer):
    """Sum of q · log(q / (p + eps) + eps), averaged over the images; p and q sum up to 1.

    Shape:    map (N, 1, H, W), truth (N, 1, H, W) -> ()
    Params:   none
    Weights:  none
    Differs:  nothing: backward gives the fork's -q · (S - x) / (S · x + eps), S the sum of the map,
              which is not the derivative
    Raises:   ShapeError unless both are maps of one channel and of one size
    Source:   Liu and Han, DSCLRCN (2018); its caffe-master/src/caffe/layers/kldiv_loss_layer.cpp
    """

    type = "KLDivLoss"
    origin = "DSCLRCN"
    bottoms = 2
    loss = True
    paired = True
    no_gradient = {1: NO_GRADIENT}
    examples = (Example("", bottoms=[(2, 1, 3, 4), (2, 1, 3, 4)], low=0.5, high=2.0),)

    def shapes(self, x: Site) -> list[Shape]:
        shapes = scalar(x)
        check_maps(x)
        return shapes

    def code(self, x: Site) -> Code:
        return Code(call="CaffeKLDivLoss.apply({0}, {1})")

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return 4 * math.prod(x.bottoms[0])


class CaffeKLDivLoss(torch.autograd.Function):
    """The loss of maps (N, 1, H, W) and the gradient that the fork gives."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, truth: torch.Tensor, eps: float = 1e-6) -> torch.Tensor:
        """Give the loss, a scalar."""
        total = x.abs().sum((1, 2, 3), keepdim=True)
        wanted = truth / (truth.abs().sum((1, 2, 3), keepdim=True) + eps)
        ctx.save_for_backward(x, total, wanted)
        ctx.eps = eps
        return (wanted * (wanted / (x / (total + eps) + eps) + eps).log()).sum() / len(x)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        """Give the fork's gradient of the map."""
        x, total, wanted = ctx.saved_tensors
        return -gradient * wanted * (total - x) / (total * x + ctx.eps) / len(x), None, None
