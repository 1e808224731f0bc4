"""DiceCoefLoss: 1 - the overlap of two maps (V-Net's loss, as a MobileNetV2 fork has it)."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError, UnsupportedError
from caffe2torch.layers._loss import scalar
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class DiceCoefLoss(Layer):
    """Mean over the images of 1 - (1 + 2 · sum(a · b)) / (1 + sum(a²) + sum(b²)).

    Shape:    a (N, ...), b (N, ...) of as many values an image -> ()
    Params:   none; DeepDetect's dice_coef_loss_param is refused
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError if the sizes differ; UnsupportedError for DeepDetect's parameters
    Source:   Milletari et al., V-Net (2016); MobileNetv2's caffe dice_coef_loss_layer.cpp
    """

    type = "DiceCoefLoss"
    origin = "MobileNetv2"
    bottoms = 2
    loss = True
    paired = True
    examples = (Example("", bottoms=[(2, 1, 3, 4), (2, 12)]),)

    def shapes(self, x: Site) -> list[Shape]:
        shapes = scalar(x)
        if math.prod(x.bottoms[0]) != math.prod(x.bottoms[1]):
            raise ShapeError(
                f"both bottoms need as many values, got {x.bottoms[0]} and {x.bottoms[1]}",
                field="bottom",
            )
        return shapes

    def force_backward(self, x: Site, bottom: int) -> bool:
        return True

    def code(self, x: Site) -> Code:
        if x.param.HasField("dice_coef_loss_param"):
            raise UnsupportedError("dice_coef_loss_param, of DeepDetect's loss, is not reproduced")
        return op(dice_coef_loss)

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return 3 * math.prod(x.bottoms[0])


def dice_coef_loss(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """1 - Dice's coefficient of (N, ...) and (N, ...), smoothed by 1, averaged over N."""
    a, b = a.flatten(1), b.flatten(1)
    both, each = 1 + 2 * (a * b).sum(1), 1 + a.square().sum(1) + b.square().sum(1)
    return 1 - (both / each).mean()
