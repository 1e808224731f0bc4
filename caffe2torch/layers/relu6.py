"""ReLU6: the rectifier cut off at 6 (MobileNet)."""

from __future__ import annotations

from caffe2torch.layers.base import Example, Layer, Moments, Role, Site
from caffe2torch.layers.code import Code


class ReLU6(Layer):
    """min(max(x, 0), 6).

    Shape:    x (any) -> same
    Params:   none; relu6_param and relu_param have no effect
    Weights:  none
    Differs:  nothing; the gradient is 0 at 0 and at 6 in both
    Raises:   nothing
    Source:   Krizhevsky, Convolutional Deep Belief Networks on CIFAR-10 (2010); relu6_layer.cpp
    """

    type = "ReLU6"
    origin = "yolo"
    roles = frozenset({Role.ACTIVATION})
    rectifies = True
    examples = (Example("", bottoms=[(2, 3, 4)], low=-3.0, high=9.0),)

    def bounds(self, x: Site) -> tuple[float, float]:
        return 0.0, 6.0

    def code(self, x: Site) -> Code:
        return Code("nn.ReLU6()", inplace="nn.ReLU6(inplace=True)")

    def signal(self, x: Site) -> Moments:
        import numpy as np

        from caffe2torch.moments import pointwise

        return pointwise.function(lambda u: np.clip(u, 0, 6))
