"""LRNMap: local response normalization inside each channel, before LRN had it."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Moments, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lrn import lrn_within


class LRNMap(Layer):
    """x / (1 + alpha · m)^beta with m the mean of x² over local_size × local_size pixels.

    Shape:    x (N, C, H, W) -> (N, C, H, W)
    Params:   local_size, odd [5]; alpha [1]; beta [0.75]
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError if local_size is even or x is not 4-D
    Source:   a fork of Caffe (2014), src/caffe/layers/lrn_map_layer.cpp; LRN has it today as
              norm_region: WITHIN_CHANNEL
    """

    type = "LRNMap"
    aliases = ("LRN_MAP",)
    origin = "single forks"
    param_field = "lrn_map_param"
    examples = (Example("lrn_map_param { local_size: 3 }", bottoms=[(2, 3, 5, 4)]),)

    def shapes(self, x: Site) -> list[Shape]:
        size = x.param.lrn_map_param.local_size
        if size % 2 == 0:
            raise ShapeError(
                f"local_size is {size}; it must be odd",
                field="lrn_map_param.local_size",
                hint=f"use {size + 1}",
            )
        if len(x.bottoms[0]) != 4:
            raise ShapeError(f"takes (N, C, H, W), not {x.bottoms[0]}", field="bottom")
        return [x.bottoms[0]]

    def code(self, x: Site) -> Code:
        param = x.param.lrn_map_param
        return op(lrn_within, size=param.local_size, alpha=param.alpha, beta=param.beta)

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments import normalize

        param = x.param.lrn_map_param
        return normalize.LRN(param.local_size, param.alpha, param.beta, 1.0, True)

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return math.prod(tops[0]) * x.param.lrn_map_param.local_size**2
