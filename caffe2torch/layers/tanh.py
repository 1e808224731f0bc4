"""TanH: the hyperbolic tangent."""

from __future__ import annotations

from caffe2torch.layers.base import Example, Layer, Moments, Role, Site
from caffe2torch.layers.code import Code, Late


class TanH(Layer):
    """tanh(x).

    Shape:    x (any) -> same
    Params:   engine, which has no effect here
    Weights:  none
    Differs:  nothing
    Raises:   nothing
    Source:   Caffe src/caffe/layers/tanh_layer.cpp
    """

    type = "TanH"
    roles = frozenset({Role.ACTIVATION})
    param_field = "tanh_param"
    examples = (Example(bottoms=[(2, 3, 4, 5)]), Example(bottoms=[(7,)]))

    def bounds(self, x: Site) -> tuple[float, float]:
        return -1.0, 1.0

    def late(self, x: Site) -> Late:
        return Late("g * (1 - t * t)")

    def code(self, x: Site) -> Code:
        return Code("nn.Tanh()")

    def signal(self, x: Site) -> Moments:
        import numpy as np

        from caffe2torch.moments import pointwise

        return pointwise.function(np.tanh)
