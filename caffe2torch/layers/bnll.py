"""BNLL: the binomial normal log likelihood, a smooth rectifier."""

from __future__ import annotations

import math

from caffe2torch.layers._straight import CaffeGradient
from caffe2torch.layers.base import Example, Layer, Moments, Role, Site
from caffe2torch.layers.code import Code, Late
from caffe2torch.layers.lazy import F, torch


class BNLL(Layer):
    """log(1 + exp(x)).

    Shape:    x (any) -> same
    Params:   none
    Weights:  none
    Differs:  in place, Caffe's gradient is the slope at the output instead of the input; so
              is ours
    Raises:   nothing
    Source:   Caffe src/caffe/layers/bnll_layer.cpp
    """

    type = "BNLL"
    roles = frozenset({Role.ACTIVATION})
    examples = (
        Example(bottoms=[(2, 3, 4, 5)]),
        Example(bottoms=[(3, 4)], low=-60, high=60),
    )

    def bounds(self, x: Site) -> tuple[float, float]:
        return 0.0, math.inf

    def late(self, x: Site) -> Late:
        return Late("g * torch.sigmoid(b[0])")

    def code(self, x: Site) -> Code:
        if x.in_place:
            return Code(call="bnll_in_place({0})")
        return Code("nn.Softplus(threshold=50)")

    def signal(self, x: Site) -> Moments:
        import numpy as np

        from caffe2torch.moments import pointwise

        return pointwise.function(lambda u: np.logaddexp(u, 0))


def bnll_in_place(x: torch.Tensor) -> torch.Tensor:
    """log(1 + exp(x)), with the gradient that Caffe computes from the overwritten x."""
    y = F.softplus(x.detach(), threshold=50)
    return CaffeGradient.apply(x, y, torch.sigmoid(y))
