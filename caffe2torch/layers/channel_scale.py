"""ChannelScale: each place of a map times a number of its own (caffe-windows)."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch.errors import ShapeError
from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Blob, Example, Layer, Shape, Site, constant
from caffe2torch.layers.code import Code
from caffe2torch.layers.lazy import torch


class ChannelScale(Layer):
    """x · s, one s for the channels of each item and place.

    Shape:    x (N, C, ...), s of N · ... numbers -> as x[, (1)]
    Params:   do_forward [true]: false hands on x; do_backward_feature [true]: false hands on the
              gradient; do_backward_scale [true]: false gives s none; global_scale [false]: one
              learned number for all, between min_global_scale [0] and max_global_scale [1000]
    Weights:  none; with global_scale scale (1), which starts at -1
    Differs:  nothing; with global_scale it is shown and not run
    Raises:   ShapeError if s does not fit; UnsupportedError with global_scale, where it is to run
    Source:   Wang et al., NormFace (2017); caffe-windows src/caffe/layers/channel_scale_layer.cpp
    """

    type = "ChannelScale"
    origin = "caffe-windows"
    bottoms, tops = 2, (1, 2)
    param_field = "channel_scale_param"
    examples = (
        Example("", bottoms=[(3, 4), (3, 1)]),
        Example("channel_scale_param { do_backward_scale: true }", bottoms=[(2, 3, 4), (2, 1, 4)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        shape, scale = x.shape(0, 2), x.bottoms[1]
        if shape[0] * math.prod(shape[2:]) != math.prod(scale) or scale[:1] != shape[:1]:
            raise ShapeError(f"{scale} does not hold one number a place of {shape}", field="bottom")
        return [shape, (1,)][: x.n_tops]

    def blobs(self, x: Site) -> dict[str, Blob]:
        if not x.param.channel_scale_param.global_scale:
            return {}
        return {"scale": Blob((1,), constant(-1), learnable=False)}

    def code(self, x: Site) -> Code:
        param = x.param.channel_scale_param
        if param.global_scale:
            refuse_to_run(x, "global_scale learns its number by a rule of its own")
        switches = (param.do_forward, param.do_backward_feature, param.do_backward_scale)
        return Code(call=f"CaffeChannelScale.apply({{0}}, {{1}}, {switches})")


class CaffeChannelScale(torch.autograd.Function):
    """x (N, C, ...) times s, one a place; switches: forward, gradient of x, of s."""

    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, s: torch.Tensor, switches: tuple[bool, bool, bool]
    ) -> torch.Tensor:
        """Give the product, or x."""
        ctx.switches = switches
        ctx.save_for_backward(x, s)
        return x * s.reshape(len(x), 1, *x.shape[2:]) if switches[0] else x.clone()

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, None]:
        """Give the gradients of a product, or the one that came and 0."""
        x, s = ctx.saved_tensors
        _, feature, scale = ctx.switches
        to_x = gradient * s.reshape(len(x), 1, *x.shape[2:]) if feature else gradient
        to_s = (gradient * x).sum(dim=1) if scale else torch.zeros_like(s)
        return to_x, to_s.reshape(s.shape), None
