"""EuclideanLoss: half the mean squared distance."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError
from caffe2torch.layers._loss import legacy_shape, scalar
from caffe2torch.layers.base import Example, Layer, Moments, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import F, torch


class EuclideanLoss(Layer):
    """Sum of (a - b)² / 2N.

    Shape:    a (N, ...), b (N, ...) with as many values an item -> ()
    Params:   none
    Weights:  none
    Differs:  nothing; the gradient goes to both bottoms
    Raises:   ShapeError if the items differ in number or in size, or have more than 4 axes
    Source:   Caffe src/caffe/layers/euclidean_loss_layer.cpp
    """

    type = "EuclideanLoss"
    bottoms = 2
    loss = True
    paired = True
    examples = (
        Example(bottoms=[(2, 3, 4), (2, 12)]),
        Example("loss_weight: 0.5", bottoms=[(4,), (4,)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        shapes = scalar(x)
        sizes = [math.prod(legacy_shape(x, bottom)[1:]) for bottom in (0, 1)]
        if sizes[0] != sizes[1]:
            raise ShapeError(
                f"items of {sizes[0]} and of {sizes[1]} values (bottoms {x.bottoms[0]} and "
                f"{x.bottoms[1]})",
                field="bottom",
                hint="both bottoms need the same number of values an item",
            )
        return shapes

    def force_backward(self, x: Site, bottom: int) -> bool:
        return True

    def code(self, x: Site) -> Code:
        return op(euclidean_loss)

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments.loss import SquaredLoss

        return SquaredLoss()

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return math.prod(x.bottoms[0])


def euclidean_loss(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Half the squared distance of a and b (N, ...), averaged over the items."""
    return F.mse_loss(a, b.reshape(a.shape), reduction="sum") / (2 * len(a))
