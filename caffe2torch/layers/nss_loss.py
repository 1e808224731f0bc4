"""NSSLoss: how salient a map is where people looked, negated (DSCLRCN)."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError
from caffe2torch.layers._loss import NO_GRADIENT, scalar
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class NSSLoss(Layer):
    """Minus the mean of a saliency map over the fixations, averaged over the images.

    Shape:    map (N, 1, H, W), fixations (N, 1, H, W) -> ()
    Params:   none
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError unless both are maps of one channel and of one size
    Source:   Liu and Han, DSCLRCN (2018); its caffe-master/src/caffe/layers/nss_loss_layer.cpp
    """

    type = "NSSLoss"
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
        return op(nss_loss)

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return 2 * math.prod(x.bottoms[0])


def check_maps(x: Site) -> None:
    """Raise ShapeError unless both bottoms are maps (N, 1, H, W) of one shape."""
    if x.bottoms[0] != x.bottoms[1] or x.shape(0, 4, 4)[1] != 1:
        raise ShapeError(
            f"got bottoms {x.bottoms[0]} and {x.bottoms[1]}; both are to be (N, 1, H, W)",
            field="bottom",
        )


def nss_loss(x: torch.Tensor, fixations: torch.Tensor) -> torch.Tensor:
    """The loss, a scalar, of maps (N, 1, H, W)."""
    x, fixations = x.flatten(1), fixations.flatten(1)
    return -((x * fixations).sum(1) / fixations.abs().sum(1)).mean()
