"""SplitChannel: the first channels of a map (CCN)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Role, Shape, Site
from caffe2torch.layers.code import Code


class SplitChannel(Layer):
    """The first channels of a map.

    Shape:    x (N, C, H, W) -> (N, channels, H, W)
    Params:   memory_data_param channels
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Li et al., CCN (2018); CCN caffe src/caffe/layers/split_channel_layer.cpp
    """

    type = "SplitChannel"
    origin = "CCN"
    bottoms, tops = 1, 1
    shapes_only = True
    roles = frozenset({Role.RESHAPING})
    param_field = "memory_data_param"

    def shapes(self, x: Site) -> list[Shape]:
        n, _, h, w = x.shape(0, 4, 4)
        return [(n, x.param.memory_data_param.channels, h, w)]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
