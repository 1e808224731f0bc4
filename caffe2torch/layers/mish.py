"""Mish: a smooth activation (YOLO v4)."""

from __future__ import annotations

import math

from caffe2torch.layers.base import Example, Layer, Moments, Role, Site
from caffe2torch.layers.code import Code


class Mish(Layer):
    """x · tanh(log(1 + exp(x))).

    Shape:    x (any) -> same
    Params:   none
    Weights:  none
    Differs:  nothing
    Raises:   nothing
    Source:   Misra, Mish: A Self Regularized Non-Monotonic Activation Function (2019)
    """

    type = "Mish"
    origin = "YOLO"
    roles = frozenset({Role.ACTIVATION})
    rectifies = True
    steepest = 1.09
    examples = (Example("", bottoms=[(2, 3, 40)], low=-6.0, high=6.0),)

    def bounds(self, x: Site) -> tuple[float, float]:
        return -0.3089, math.inf

    def code(self, x: Site) -> Code:
        return Code("nn.Mish()", inplace="nn.Mish(inplace=True)")

    def signal(self, x: Site) -> Moments:
        import numpy as np

        from caffe2torch.moments import pointwise

        return pointwise.function(lambda u: u * np.tanh(np.logaddexp(0, u)))
