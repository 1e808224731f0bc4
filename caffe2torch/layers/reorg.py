"""Reorg: trade pixels for channels, in the order that Darknet writes them."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Moments, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class Reorg(Layer):
    """Move each s × s block of pixels into channels, or back with reverse.

    Forward, the memory of (C, H, W) is read as (C/s², H·s, W·s) and the blocks of that image
    become the channels. This is Darknet's layout, not the usual space-to-depth.

    Shape:    x (N, C, H, W) -> (N, C·s², H/s, W/s); with reverse (N, C/s², H·s, W·s)
    Params:   stride, without one 2; reverse [false]
    Weights:  none
    Differs:  the fork passes no gradient (its backward reads an empty buffer); this one does
    Raises:   ShapeError for a stride of 0, or if C is no multiple of s² (H and W of s)
    Source:   Redmon and Farhadi 2017 (YOLOv2); reorg_layer.cpp of its Caffe ports, reorg_cpu
    """

    type = "Reorg"
    origin = "YOLO"
    roles = frozenset({Role.RESHAPING})
    homogeneous = True
    param_field = "reorg_param"
    examples = (
        Example("reorg_param { stride: 2 }", bottoms=[(2, 4, 4, 6)]),
        Example("reorg_param { stride: 2 reverse: true }", bottoms=[(2, 8, 2, 3)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        param = x.param.reorg_param
        if not _stride(x):
            raise ShapeError("stride is 0", field="reorg_param.stride", hint="write 1 or more")
        if len(x.bottoms[0]) != 4 or x.in_place:
            raise ShapeError(
                f"takes a bottom of 4 axes, not {x.bottoms[0]}, and a top of its own",
                field="bottom",
                hint="give the top another name",
            )
        n, c, h, w = x.bottoms[0]
        s = _stride(x)
        if c % (s * s) or (not param.reverse and (h % s or w % s)):
            raise ShapeError(
                f"a stride of {s} does not divide a bottom of shape {x.bottoms[0]}",
                field="reorg_param.stride",
                hint=f"the channels must be a multiple of {s * s}, the sizes of {s}",
            )
        if param.reverse:
            return [(n, c // (s * s), h * s, w * s)]
        return [(n, c * s * s, h // s, w // s)]

    def code(self, x: Site) -> Code:
        return op(reorg, stride=_stride(x), reverse=x.param.reorg_param.reverse)

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments.join import Reshape

        return Reshape()


def _stride(x: Site) -> int:
    """The stride; without one 2, the default of the forks that have one."""
    return x.param.reorg_param.stride if x.param.reorg_param.HasField("stride") else 2


def reorg(x: torch.Tensor, stride: int, reverse: bool = False) -> torch.Tensor:
    """Darknet's reorganisation of (N, C, H, W) by blocks of stride × stride."""
    n, c, h, w = x.shape
    part = c // (stride * stride)
    if reverse:
        blocks = x.reshape(n, stride, stride, part, h, w).permute(0, 3, 4, 1, 5, 2)
        return blocks.reshape(n, part, h * stride, w * stride)
    blocks = x.reshape(n, part, h, stride, w, stride).permute(0, 3, 5, 1, 2, 4)
    return blocks.reshape(n, c * stride * stride, h // stride, w // stride)
