"""Duplicate: a value a channel, put at every place (LearnableDilationNetwork)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class Duplicate(Layer):
    """A map of the given size for each channel.

    Shape:    x (N, C, ...) -> (N, C, height, width)
    Params:   duplicate_param height [1]; width [1], whose fractions are dropped
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   LearnableDilationNetwork caffe-dynamic-dilation/src/caffe/layers/duplicate_layer.cpp
    """

    type = "Duplicate"
    origin = "LearnableDilationNetwork"
    bottoms, tops = 1, 1
    shapes_only = True
    param_field = "duplicate_param"

    def shapes(self, x: Site) -> list[Shape]:
        param = x.param.duplicate_param
        return [(*x.shape(0, 2)[:2], int(param.height), int(param.width))]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
