"""CharbonnierLoss: a smooth absolute value, averaged over pixels (Hidden Two-Stream)."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class CharbonnierLoss(Layer):
    """Sum of ((beta · x)² + epsilon²)^alpha, divided by N · H · W, or by N · the mask's sum.

    Shape:    x (N, C, H, W)[, mask (N, C, H, W)] -> (1, 1, 1, 1)
    Params:   alpha [1]; beta [1]; epsilon [0.001]
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError if the mask does not fit
    Source:   Zhu et al., Hidden Two-Stream Convolutional Networks (2018); its caffe
              src/caffe/layers/charbonnier_loss_layer.cpp
    """

    type = "CharbonnierLoss"
    origin = "Hidden-Two-Stream"
    bottoms = (1, 2)
    loss = True
    no_gradient = {1: "is a mask"}
    param_field = "charbonnier_loss_param"
    examples = (
        Example("charbonnier_loss_param { alpha: 0.4 epsilon: 0.1 }", bottoms=[(2, 3, 4, 5)]),
        Example(
            "charbonnier_loss_param { alpha: 0.5 beta: 2 epsilon: 0.5 }",
            bottoms=[(2, 3, 4, 5), (2, 3, 4, 5)], integer=(1,), classes=2,
        ),
    )  # fmt: skip

    def shapes(self, x: Site) -> list[Shape]:
        if len(x.bottoms[0]) != 4 or x.bottoms[-1] != x.bottoms[0]:
            raise ShapeError(
                f"takes (N, C, H, W) and a mask of its shape, got {x.bottoms}", field="bottom"
            )
        return [(1, 1, 1, 1)]

    def code(self, x: Site) -> Code:
        param = x.param.charbonnier_loss_param
        return op(charbonnier_loss, alpha=param.alpha, beta=param.beta, epsilon=param.epsilon)

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return 2 * math.prod(x.bottoms[0])


def charbonnier_loss(
    x: torch.Tensor, *mask: torch.Tensor, alpha: float, beta: float, epsilon: float
) -> torch.Tensor:
    """The loss (1, 1, 1, 1) of (N, C, H, W)."""
    error = ((beta * x).square() + epsilon**2).pow(alpha)
    pixels = mask[0].sum() if mask else x.shape[2] * x.shape[3]
    error = error * mask[0] if mask else error
    return (error.sum() / (len(x) * pixels)).reshape(1, 1, 1, 1)
