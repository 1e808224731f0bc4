"""Duplicate: a value a channel, put at every place (LearnableDilationNetwork)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site

MOST = 2**31
"""Caffe counts places in 32 bits."""


class Duplicate(ShapesOnly):
    """A map of the given size for each channel.

    Shape:    x (N, C, ...) -> (N, C, height, width)
    Params:   duplicate_param height [1]; width [1], whose fractions are dropped
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   ShapeError for sizes below 1; UnsupportedError where it is to run
    Source:   LearnableDilationNetwork caffe-dynamic-dilation/src/caffe/layers/duplicate_layer.cpp
    """

    type = "Duplicate"
    origin = "LearnableDilationNetwork"
    bottoms, tops = 1, 1
    param_field = "duplicate_param"

    def shapes(self, x: Site) -> list[Shape]:
        param = x.param.duplicate_param
        for name, size in (("height", param.height), ("width", param.width)):
            if not 1 <= size < MOST:
                raise ShapeError(f"is {size:g}, no size", field=f"duplicate_param.{name}")
        return [(*x.shape(0, 2)[:2], int(param.height), int(param.width))]
