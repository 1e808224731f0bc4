"""Sigmoid: the logistic function."""

from __future__ import annotations

from caffe2torch.layers.base import Example, Layer, Moments, Role, Site
from caffe2torch.layers.code import Code, Late


class Sigmoid(Layer):
    """1 / (1 + exp(-x)).

    Shape:    x (any) -> same
    Params:   engine, which has no effect here
    Weights:  none
    Differs:  nothing
    Raises:   nothing
    Source:   Caffe src/caffe/layers/sigmoid_layer.cpp
    """

    type = "Sigmoid"
    roles = frozenset({Role.ACTIVATION})
    steepest = 0.25
    param_field = "sigmoid_param"
    examples = (Example(bottoms=[(2, 3, 4, 5)]), Example(bottoms=[(7,)]))

    def bounds(self, x: Site) -> tuple[float, float]:
        return 0.0, 1.0

    def late(self, x: Site) -> Late:
        return Late("g * t * (1 - t)")

    def code(self, x: Site) -> Code:
        return Code("nn.Sigmoid()")

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments import pointwise

        return pointwise.function(pointwise.sigmoid)
