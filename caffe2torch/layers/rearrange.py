"""Rearrange: channels become pixels of a larger map (caffe-videoSR's sub-pixel layer)."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code


class Rearrange(Layer):
    """Channels become s rows and columns: y[d, h·s+i, w·s+j] = x[(d·s+i)·s+j, h, w].

    Shape:    x (N, depth * s * s, H, W) -> (N, depth, H * s, W * s)
    Params:   rearrange_param depth [1]
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError unless the channels are depth times a square
    Source:   Ding-Liu caffe-videoSR src/caffe/layers/rearrange_layer.cpp
    """

    type = "Rearrange"
    origin = "caffe-videoSR"
    param_field = "rearrange_param"
    examples = (
        Example("", bottoms=[(2, 4, 2, 3)]),
        Example("rearrange_param { depth: 2 }", bottoms=[(1, 18, 2, 2)]),
    )

    def _scale(self, x: Site) -> int:
        depth, channels = x.param.rearrange_param.depth, x.shape(0, 4, 4)[1]
        scale = math.isqrt(channels // depth) if depth > 0 else 0
        if depth <= 0 or depth * scale * scale != channels:
            raise ShapeError(
                f"{channels} channels are no square number times the depth of {depth}",
                field="rearrange_param.depth",
                hint="the convolution before it has depth · scale · scale outputs",
            )
        return scale

    def shapes(self, x: Site) -> list[Shape]:
        n, _, h, w = x.shape(0, 4, 4)
        scale = self._scale(x)
        return [(n, x.param.rearrange_param.depth, h * scale, w * scale)]

    def code(self, x: Site) -> Code:
        return Code(f"nn.PixelShuffle({self._scale(x)})")
