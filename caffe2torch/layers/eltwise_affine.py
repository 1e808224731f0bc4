"""EltwiseAffine: a learned factor and offset for each channel (ducha-aiki, RMPE)."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError
from caffe2torch.layers._filled import filled
from caffe2torch.layers.base import Blob, Example, Layer, Role, Shape, Site, constant
from caffe2torch.layers.code import Code
from caffe2torch.layers.lazy import nn, torch

FIELD = "eltwise_affine_param"


class EltwiseAffine(Layer):
    """slope · x + bias, with one slope and bias for each channel, or one for all.

    Shape:    x (N, C, ...) -> same
    Params:   slope_filler, without one 1.0001; bias_filler, without one 0.0001; channel_shared
              [false]
    Weights:  slope (C,), bias (C,); () and () where they are shared
    Differs:  nothing
    Raises:   ShapeError for fewer than 2 axes
    Source:   Mishkin et al., Systematic evaluation of CNN advances (2016); ducha-aiki's caffe
              src/caffe/layers/eltwise_affine_layer.cpp
    """

    type = "EltwiseAffine"
    origin = "ducha-aiki"
    roles = frozenset({Role.AFFINE})
    param_field = FIELD
    examples = (
        Example("", bottoms=[(2, 3, 4)]),
        Example(
            f"{FIELD} {{ channel_shared: true slope_filler {{ type: 'constant' value: 3 }} }}",
            bottoms=[(2, 3)],
        ),
    )

    def shapes(self, x: Site) -> list[Shape]:
        if len(x.bottoms[0]) < 2:
            raise ShapeError(f"takes 2 axes or more, not {x.bottoms[0]}", field="bottom")
        return [x.bottoms[0]]

    def blobs(self, x: Site) -> dict[str, Blob]:
        param = x.param.eltwise_affine_param
        shape = () if param.channel_shared else (x.bottoms[0][1],)
        slope = param.slope_filler if param.HasField("slope_filler") else constant(1.0001)
        bias = param.bias_filler if param.HasField("bias_filler") else constant(0.0001)
        return {
            "slope": filled(shape, slope, f"{FIELD}.slope_filler"),
            "bias": filled(shape, bias, f"{FIELD}.bias_filler"),
        }

    def linear(self, x: Site) -> bool:
        return True

    def code(self, x: Site) -> Code:
        shared = x.param.eltwise_affine_param.channel_shared
        return Code(f"CaffeEltwiseAffine({'' if shared else x.bottoms[0][1]})")

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return math.prod(tops[0])


class CaffeEltwiseAffine(nn.Module):
    """slope · x + bias along axis 1; without a number of channels, one pair for all."""

    def __init__(self, *channels: int) -> None:
        super().__init__()
        self.slope = nn.Parameter(torch.empty(channels))
        self.bias = nn.Parameter(torch.empty(channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        behind = (1,) * (x.dim() - 2) if self.slope.dim() else ()
        return x * self.slope.reshape(-1, *behind) + self.bias.reshape(-1, *behind)
