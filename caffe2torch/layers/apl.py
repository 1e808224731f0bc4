"""APL: a rectifier plus learned hinges, of each number by itself (Agostinelli)."""

from __future__ import annotations

import math

from caffe2torch import caffe_pb2 as pb
from caffe2torch.layers._filled import filled
from caffe2torch.layers.base import Blob, Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.lazy import nn, torch


class APL(Layer):
    """max(x, 0) + sum over s of slope · max(offset - x, 0), slopes and offsets of each number.

    Shape:    x (N, any) -> same
    Params:   sums [1], hinges a number; slope_filler, by default uniform in ±0.5 / sums;
              offset_filler, by default gaussian with std 0.5
    Weights:  slope, offset (1, 1, sums, K), number by number: the hinges of one stand together
    Differs:  nothing
    Raises:   ShapeError for fewer than 2 axes
    Source:   Agostinelli et al., Learning Activation Functions (2014); its
              src/caffe/layers/apl_layer.cpp
    """

    type = "APL"
    origin = "Learned-Activation-Functions"
    roles = frozenset({Role.ACTIVATION})
    rectifies = True
    param_field = "apl_param"
    examples = (
        Example("", bottoms=[(2, 3, 4)]),
        Example("apl_param { sums: 3 }", bottoms=[(2, 3)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        return [x.shape(0, 2)]

    def blobs(self, x: Site) -> dict[str, Blob]:
        param = x.param.apl_param
        shape = (1, 1, param.sums, math.prod(x.bottoms[0][1:]))
        bound = 0.5 / max(param.sums, 1)
        slope = pb.FillerParameter(type="uniform", min=-bound, max=bound)
        offset = pb.FillerParameter(type="gaussian", std=0.5)
        slope = param.slope_filler if param.HasField("slope_filler") else slope
        offset = param.offset_filler if param.HasField("offset_filler") else offset
        return {
            "slope": filled(shape, slope, "apl_param.slope_filler"),
            "offset": filled(shape, offset, "apl_param.offset_filler"),
        }

    def code(self, x: Site) -> Code:
        return Code(f"CaffeAPL({x.param.apl_param.sums}, {math.prod(x.bottoms[0][1:])})")


class CaffeAPL(nn.Module):
    """A rectifier plus hinges; each number of an item has its own."""

    def __init__(self, sums: int, size: int) -> None:
        super().__init__()
        self.slope = nn.Parameter(torch.zeros(1, 1, sums, size))
        self.offset = nn.Parameter(torch.zeros(1, 1, sums, size))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        rows = x.flatten(1)[..., None]
        shape = (rows.shape[1], -1)
        hinges = (self.offset.reshape(shape) - rows).relu() * self.slope.reshape(shape)
        return x.relu() + hinges.sum(dim=2).reshape(x.shape)
