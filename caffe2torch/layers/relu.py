"""ReLU: the rectifier, leaky with negative_slope."""

from __future__ import annotations

from caffe2torch.layers.base import Code, Example, Late, Layer, Moments, Site, number


class ReLU(Layer):
    """max(x, 0) + negative_slope · min(x, 0).

    Shape:    x (any) -> same
    Params:   negative_slope [0]
    Weights:  none
    Differs:  nothing; the gradient at 0 takes the slope branch in both
    Raises:   nothing
    Source:   Caffe src/caffe/layers/relu_layer.cpp
    """

    type = "ReLU"
    param_field = "relu_param"
    keeps_signs = True
    examples = (
        Example("", bottoms=[(2, 3, 4, 5)]),
        Example("relu_param { negative_slope: 0.1 }", bottoms=[(2, 3)]),
    )

    def late(self, x: Site) -> Late:
        slope = number(x.param.relu_param.negative_slope)
        return Late(f"g * torch.where(b[0] > 0, 1.0, {slope})", sign=True)

    def code(self, x: Site) -> Code:
        slope = x.param.relu_param.negative_slope
        if slope:
            kind, arguments = "LeakyReLU", number(slope)
            return Code(f"nn.{kind}({arguments})", inplace=f"nn.{kind}({arguments}, inplace=True)")
        return Code("nn.ReLU()", inplace="nn.ReLU(inplace=True)")

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments import pointwise

        return pointwise.relu(x.param.relu_param.negative_slope)
