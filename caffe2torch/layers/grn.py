"""GRN: channels of each pixel of length 1 (training_toolbox_caffe)."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError, UnsupportedError
from caffe2torch.layers._loss import legacy_shape
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class GRN(Layer):
    """x / sqrt(sum of x² over the channels of its pixel + bias).

    Shape:    x (N, C, H, W), or fewer axes -> (N, C, H, W), missing axes as 1
    Params:   bias [1e-7]; dummy_backward [false]
    Weights:  none
    Differs:  nothing; forks without a bias divide rows of zeros by 0
    Raises:   ShapeError for more than 4 axes or a bias below 0; UnsupportedError for
              dummy_backward where it is to run
    Source:   training_toolbox_caffe src/caffe/layers/grn_layer.cpp; top[0]->Reshape(num, channels,
              height, width), as phecy's caffe_test has it, whose nets give it rows
    """

    type = "GRN"
    origin = "training_toolbox_caffe"
    roles = frozenset({Role.NORMALIZER})
    param_field = "grn_param"
    examples = (
        Example("", bottoms=[(2, 3, 4, 5)]),
        Example("grn_param { bias: 0.5 }", bottoms=[(2, 3, 2, 2)]),
        Example("", bottoms=[(2, 3)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        if x.param.grn_param.bias < 0:
            raise ShapeError("bias is below 0", field="grn_param.bias", hint="use 0 or more")
        return [legacy_shape(x, 0)]

    def code(self, x: Site) -> Code:
        if x.param.grn_param.dummy_backward:
            raise UnsupportedError("dummy_backward is not reproduced", hint="remove it")
        code = op(unit_pixels, bias=x.param.grn_param.bias)
        axes = len(x.bottoms[0])
        return (
            code if axes == 4 else Code(code.init, f"{{self}}({{0}}{'[..., None]' * (4 - axes)})")
        )

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return math.prod(x.bottoms[0])


def unit_pixels(x: torch.Tensor, bias: float) -> torch.Tensor:
    """Pixels of (N, C, H, W) divided by the length of their channels."""
    return x / (x.square().sum(1, keepdim=True) + bias).sqrt()
