"""ReLU6: the rectifier cut off at 6 (MobileNet)."""

from __future__ import annotations

import math

from caffe2torch.layers.base import Example, Layer, Moments, Role, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import F, torch


class ReLU6(Layer):
    """min(max(x, 0) + negative_slope · min(x, 0), 6).

    Shape:    x (any) -> same
    Params:   relu6_param negative_slope [0], as in MobileNet-YOLO; relu_param has no effect
    Weights:  none
    Differs:  only where numbers are not finite, as in ReLU: the forks multiply by 0 where torch
              gives 0. The gradient at 6 is 0 in both, and at 0 takes the slope
    Raises:   nothing
    Source:   Krizhevsky, Convolutional Deep Belief Networks on CIFAR-10 (2010); relu6_layer.cpp
    """

    type = "ReLU6"
    origin = "yolo"
    roles = frozenset({Role.ACTIVATION})
    rectifies = True
    param_field = "relu6_param"
    examples = (
        Example("", bottoms=[(2, 3, 4)], low=-3.0, high=9.0),
        Example("relu6_param { negative_slope: 0.1 }", bottoms=[(2, 3, 4)], low=-3.0, high=9.0),
    )

    def bounds(self, x: Site) -> tuple[float, float]:
        return (-math.inf if x.param.relu6_param.negative_slope else 0.0), 6.0

    def code(self, x: Site) -> Code:
        slope = x.param.relu6_param.negative_slope
        if slope:
            return op(leaky_relu6, slope=slope)
        return Code("nn.ReLU6()", inplace="nn.ReLU6(inplace=True)")

    def signal(self, x: Site) -> Moments:
        import numpy as np

        from caffe2torch.moments import pointwise

        slope = x.param.relu6_param.negative_slope
        return pointwise.function(lambda u: np.minimum(np.where(u > 0, u, slope * u), 6))


def leaky_relu6(x: torch.Tensor, slope: float) -> torch.Tensor:
    """Leaky ReLU up to 6, whose gradient is 0 from 6 on; any shape."""
    return torch.where(x >= 6, 6.0, F.leaky_relu(x, slope))
