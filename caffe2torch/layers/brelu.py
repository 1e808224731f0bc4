"""BReLU: values held between two bounds (FPCNet, DehazeNet)."""

from __future__ import annotations

from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, number


class BReLU(Layer):
    """min(max(x, minval), maxval), the bilateral rectifier.

    Shape:    x (any) -> same
    Params:   minval [0]; maxval [1]
    Weights:  none
    Differs:  its source was never published: at the bounds the gradient is torch's
    Raises:   nothing
    Source:   Cai et al., DehazeNet (2016), equation 9; Zhang et al., FPCNet (2020), whose nets use
              it
    """

    type = "BReLU"
    origin = "FPCNet"
    roles = frozenset({Role.ACTIVATION})
    param_field = "brelu_param"
    examples = (Example("", bottoms=[(2, 3, 4)], low=-1, high=2),)

    def bounds(self, x: Site) -> tuple[float, float]:
        return x.param.brelu_param.minval, x.param.brelu_param.maxval

    def shapes(self, x: Site) -> list[Shape]:
        return [x.bottoms[0]]

    def code(self, x: Site) -> Code:
        low, high = map(number, self.bounds(x))
        return Code(call=f"{{0}}.clamp({low}, {high})")
