"""ConstScale: x times a constant, plus another (CCN)."""

from __future__ import annotations

from caffe2torch.layers.base import Example, Layer, Role, Site
from caffe2torch.layers.code import Code, number


class ConstScale(Layer):
    """scale · x + bias.

    Shape:    x (any) -> same
    Params:   scale [1]; bias [0]
    Weights:  none
    Differs:  nothing
    Raises:   nothing
    Source:   Li et al., CCN (2018); CCN caffe src/caffe/layers/const_scale_layer.cu
    """

    type = "ConstScale"
    origin = "CCN"
    roles = frozenset({Role.AFFINE})
    param_field = "const_scale_param"
    keeps_output = False
    examples = (Example("const_scale_param { scale: -2 bias: 0.5 }", bottoms=[(2, 3, 4)]),)

    def code(self, x: Site) -> Code:
        param = x.param.const_scale_param
        return Code(call=f"({{0}} * {number(param.scale)} + {number(param.bias)})")
