"""ScaleRoute: the regions of some sizes (cascade-rcnn)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch

LARGEST = 3.4028234663852886e38


class ScaleRoute(Layer):
    """The regions whose scale, the root of their area, lies in a range, and what belongs to them.

    Shape:    regions (R, 5), more of R rows -> of each the rows whose region has a scale from
              low_scale up to below high_scale; without any, that nearest to the middle of the
              range. How many is known only when it runs; the rule says R
    Params:   low_scale and high_scale, in pixels; none is no limit
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError unless the bottoms are regions and more of as many rows
    Source:   Cai and Vasconcelos (2018); cascade-rcnn src/caffe/layers/scale_route_layer.cpp
    """

    type = "ScaleRoute"
    origin = "cascade-rcnn"
    bottoms, tops = (1, None), (1, None)
    equal = True
    backward = "cannot run backward"
    param_field = "scale_route_param"

    def shapes(self, x: Site) -> list[Shape]:
        rows = {x.shape(i, 1)[0] for i in range(len(x.bottoms))}
        if (*x.bottoms[0], 1)[1] != 5 or len(rows) > 1:
            raise ShapeError(
                f"takes regions (R, 5) and more of R rows, got {x.bottoms}", field="bottom"
            )
        return list(x.bottoms)

    def code(self, x: Site) -> Code:
        param = x.param.scale_route_param
        low = param.low_scale if param.HasField("low_scale") else 0.0
        high = param.high_scale if param.HasField("high_scale") else LARGEST
        middle = 256.0
        if param.HasField("low_scale") and param.HasField("high_scale"):
            middle = (low * high) ** 0.5
        elif param.HasField("low_scale") or param.HasField("high_scale"):
            middle = low or high
        code = op(route_by_scale, low=low, high=high, middle=middle)
        return Code(code.init, "{self}({bottoms})" + ("[0]" if x.n_tops == 1 else ""))


def route_by_scale(
    *bottoms: torch.Tensor, low: float, high: float, middle: float
) -> tuple[torch.Tensor, ...]:
    """The rows of each bottom whose region (R, 5) has a scale from low to below high."""
    boxes = bottoms[0].detach().reshape(len(bottoms[0]), 5)
    scale = (boxes[:, 3:] - boxes[:, 1:3] + 1).clamp(min=0).prod(1).sqrt()
    rows = ((scale >= low) & (scale < high)).nonzero()[:, 0]
    if not len(rows):
        rows = (scale / middle).log2().abs().argmin()[None]
    return tuple(bottom.detach()[rows] for bottom in bottoms)
