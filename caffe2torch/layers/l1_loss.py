"""L1Loss: the sum of absolute differences over the batch size (NVIDIA)."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError
from caffe2torch.layers._loss import scalar
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class L1Loss(Layer):
    """Sum of |a - b| divided by the number of items N.

    Shape:    a (N, any), b of the same size -> ()
    Params:   none
    Weights:  none
    Differs:  nothing; the gradient where a equals b is 0
    Raises:   ShapeError if an item of a and one of b differ in size
    Source:   NVIDIA Caffe src/caffe/layers/l1_loss_layer.cpp
    """

    type = "L1Loss"
    origin = "nvidia"
    bottoms = 2
    loss = True
    paired = True
    examples = (Example("", bottoms=[(2, 3, 4), (2, 12)]),)

    def shapes(self, x: Site) -> list[Shape]:
        shapes = scalar(x)
        if math.prod(x.bottoms[0][1:]) != math.prod(x.bottoms[1][1:]):
            raise ShapeError(
                f"items of bottoms {x.bottoms[0]} and {x.bottoms[1]} differ in size",
                field="bottom",
            )
        return shapes

    def force_backward(self, x: Site, bottom: int) -> bool:
        return True

    def code(self, x: Site) -> Code:
        return op(l1_loss)


def l1_loss(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Sum of |a - b| over N, a scalar, for a (N, any) and b of the same size."""
    return (a - b.reshape(a.shape)).abs().sum() / len(a)
