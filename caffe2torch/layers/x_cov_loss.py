"""XCovLoss: two groups of features shall not vary together."""

from __future__ import annotations

import math

from caffe2torch.layers._loss import scalar
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class XCovLoss(Layer):
    """Half the sum of the squared covariances, over the batch, of each of a with each of b.

    Shape:    a (N, any), b (N, any) -> ()
    Params:   none
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError if there are not as many items in b as in a
    Source:   Cheung et al., Discovering Hidden Factors of Variation (2014), equation 4; its caffe
              src/caffe/layers/xcov_loss_layer.cpp
    """

    type = "XCovLoss"
    origin = "single forks"
    bottoms = 2
    loss = True
    examples = (Example("", bottoms=[(4, 3), (4, 2, 2)]),)

    def shapes(self, x: Site) -> list[Shape]:
        return scalar(x)

    def force_backward(self, x: Site, bottom: int) -> bool:
        return True

    def code(self, x: Site) -> Code:
        return op(xcov_loss)

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return math.prod(x.bottoms[0]) * math.prod(x.bottoms[1][1:])


def xcov_loss(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Half the squared cross-covariance of a (N, any) and b (N, any), a scalar."""
    first, second = a.flatten(1), b.flatten(1)
    covariance = (first - first.mean(0)).T @ (second - second.mean(0)) / len(a)
    return covariance.square().sum() / 2
