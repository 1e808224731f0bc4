"""ReLU: the rectifier, leaky with negative_slope."""

from __future__ import annotations

import math

from caffe2torch.layers._straight import CaffeGradient
from caffe2torch.layers.base import Example, Layer, Moments, Role, Site
from caffe2torch.layers.code import Code, Late, number
from caffe2torch.layers.lazy import F, torch


class ReLU(Layer):
    """max(x, 0) + negative_slope · min(x, 0).

    Shape:    x (any) -> same
    Params:   negative_slope [0]
    Weights:  none
    Differs:  only where numbers are not finite. Without a slope, Caffe's products with 0 give
              NaN for x = -inf and for a gradient of inf or NaN at x <= 0, where torch gives 0;
              and at x = NaN the gradient is 0 in Caffe, here what arrives, times the slope if
              there is one. The gradient at 0 takes the slope branch in both. In place with a
              slope below 0 Caffe's gradient looks at the sign of the output, and so does ours
    Raises:   nothing
    Source:   Caffe src/caffe/layers/relu_layer.cpp
    """

    type = "ReLU"
    roles = frozenset({Role.ACTIVATION})
    rectifies = True
    homogeneous = True
    param_field = "relu_param"
    keeps_signs = True
    examples = (
        Example("", bottoms=[(2, 3, 4, 5)]),
        Example("relu_param { negative_slope: 0.1 }", bottoms=[(2, 3)]),
    )

    def bounds(self, x: Site) -> tuple[float, float]:
        return (-math.inf if x.param.relu_param.negative_slope else 0.0), math.inf

    def late(self, x: Site) -> Late:
        slope = number(x.param.relu_param.negative_slope)
        return Late(f"g * torch.where(b[0] > 0, 1.0, {slope})", sign=True)

    def code(self, x: Site) -> Code:
        slope = x.param.relu_param.negative_slope
        if slope < 0 and x.in_place:
            call = f"relu_in_place({{0}}, {number(slope)})"
            return Code(call=call)
        if slope:
            leaky = f"nn.LeakyReLU({number(slope)}"
            return Code(f"{leaky})", inplace=f"{leaky}, inplace=True)")
        return Code("nn.ReLU()", inplace="nn.ReLU(inplace=True)")

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments import pointwise

        return pointwise.relu(x.param.relu_param.negative_slope)


def relu_in_place(x: torch.Tensor, slope: float) -> torch.Tensor:
    """Leaky ReLU with the gradient that Caffe computes from the overwritten x."""
    y = F.leaky_relu(x.detach(), slope)
    return CaffeGradient.apply(x, y, torch.where(y > 0, 1.0, slope))
