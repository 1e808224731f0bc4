"""NegReLU: the rectifier that keeps negative values (FlowNet 2)."""

from __future__ import annotations

from caffe2torch.layers.base import Example, Layer, Role, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class NegReLU(Layer):
    """min(x, 0) + negative_slope · max(x, 0).

    Shape:    x (any) -> same
    Params:   relu_param negative_slope [0]
    Weights:  none
    Differs:  only at x = NaN: the gradient is 0 in the fork, here the slope times what arrives
    Raises:   nothing
    Source:   Ilg et al., FlowNet 2.0 (2017); flownet2 src/caffe/layers/neg_relu_layer.cpp
    """

    type = "NegReLU"
    origin = "flownet2"
    roles = frozenset({Role.ACTIVATION})
    homogeneous = True
    rectifies = True
    param_field = "relu_param"
    examples = (
        Example("", bottoms=[(2, 3, 4)]),
        Example("relu_param { negative_slope: 0.3 }", bottoms=[(2, 3, 4)]),
    )

    def code(self, x: Site) -> Code:
        return op(neg_relu, slope=x.param.relu_param.negative_slope)


def neg_relu(x: torch.Tensor, slope: float) -> torch.Tensor:
    """Negative x as it is, the rest times slope."""
    return torch.where(x < 0, x, slope * x)
