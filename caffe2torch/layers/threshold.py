"""Threshold: 1 where the input is greater than a threshold, else 0."""

from __future__ import annotations

from caffe2torch.layers.base import Example, Layer, Role, Site
from caffe2torch.layers.code import Code, number


class Threshold(Layer):
    """1 if x > threshold else 0, as a float.

    Shape:    x (any) -> same
    Params:   threshold [0]
    Weights:  none
    Differs:  nothing
    Raises:   GraphError if a gradient must pass: Caffe has none
    Source:   Caffe src/caffe/layers/threshold_layer.cpp
    """

    type = "Threshold"
    roles = frozenset({Role.ACTIVATION})
    param_field = "threshold_param"
    keeps_output = False
    backward = "has no gradient"
    examples = (
        Example(bottoms=[(2, 3, 4, 5)]),
        Example("threshold_param { threshold: 0.4 }", bottoms=[(2, 3)]),
    )

    def code(self, x: Site) -> Code:
        threshold = number(x.param.threshold_param.threshold)
        return Code(call=f"({{0}} > {threshold}).to({{0}}.dtype)")
