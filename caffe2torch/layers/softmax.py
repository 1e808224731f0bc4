"""Softmax: probabilities from scores."""

from __future__ import annotations

import math

from caffe2torch.layers.base import Example, Layer, Moments, Shape, Site
from caffe2torch.layers.code import Code, Late, number


class Softmax(Layer):
    """exp(x) / sum of exp(x) along one axis.

    Shape:    x (any) -> same
    Params:   axis [1]; engine, which has no effect here; scaling_temperature [1] divides x
              (DeepDetect's)
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError if the axis does not exist
    Source:   Caffe src/caffe/layers/softmax_layer.cpp
    """

    type = "Softmax"
    param_field = "softmax_param"
    examples = (
        Example(bottoms=[(2, 3, 4, 5)]),
        Example("softmax_param { axis: -1 scaling_temperature: 2 }", bottoms=[(2, 3)]),
    )

    def bounds(self, x: Site) -> tuple[float, float]:
        return 0.0, 1.0

    def shapes(self, x: Site) -> list[Shape]:
        x.axis(x.param.softmax_param.axis, "softmax_param.axis")
        return [x.bottoms[0]]

    def late(self, x: Site) -> Late:
        axis = x.axis(x.param.softmax_param.axis, "softmax_param.axis")
        return Late(f"(g - (g * t).sum({axis}, keepdim=True)) * t")

    def unasked(self, x: Site) -> tuple[int, ...]:
        return (0,)

    def code(self, x: Site) -> Code:
        softmax = x.param.softmax_param
        axis = x.axis(softmax.axis, "softmax_param.axis")
        temperature = softmax.scaling_temperature
        scores = "{0}" if temperature == 1 else f"{{0}} / {number(temperature)}"
        return Code(f"nn.Softmax({axis})", call=f"{{self}}({scores})")

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments import loss

        return loss.Softmax(x.axis(x.param.softmax_param.axis, "softmax_param.axis"))

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return 2 * math.prod(tops[0])
