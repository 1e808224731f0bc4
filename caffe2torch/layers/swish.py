"""Swish: the input times its own sigmoid."""

from __future__ import annotations

from caffe2torch.layers.base import Example, Layer, Moments, Role, Site
from caffe2torch.layers.code import Code, Late, number


class Swish(Layer):
    """x · sigmoid(beta · x).

    Shape:    x (any) -> same
    Params:   beta [1]
    Weights:  none
    Differs:  nothing; with a beta other than 1 a gradient of inf may give NaN
    Raises:   nothing
    Source:   Ramachandran et al., Searching for Activation Functions (2017); Caffe
              src/caffe/layers/swish_layer.cpp
    """

    type = "Swish"
    roles = frozenset({Role.ACTIVATION})
    rectifies = True
    param_field = "swish_param"
    keeps_output = False
    examples = (
        Example(bottoms=[(2, 3, 4, 5)]),
        Example("swish_param { beta: -0.8 }", bottoms=[(2, 3)]),
    )

    def late(self, x: Site) -> Late:
        beta = number(x.param.swish_param.beta)
        sigmoid = f"torch.sigmoid({beta} * x[0])"
        return Late(f"g * ({beta} * t + {sigmoid} * (1 - {beta} * t))")

    def code(self, x: Site) -> Code:
        beta = x.param.swish_param.beta
        if beta == 1:
            return Code("nn.SiLU()")
        return Code(call=f"{{0}} * torch.sigmoid({number(beta)} * {{0}})")

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments import pointwise

        beta = x.param.swish_param.beta
        return pointwise.function(lambda u: u * pointwise.sigmoid(beta * u), increasing=False)
