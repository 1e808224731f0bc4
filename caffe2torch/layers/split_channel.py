"""SplitChannel: the first channels of a map (CCN)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code


class SplitChannel(Layer):
    """The first channels of a map.

    Shape:    x (N, C, H, W) -> (N, channels, H, W)
    Params:   memory_data_param channels, at most C
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError for other than 4 axes, or more channels than there are
    Source:   Li et al., CCN (2018); CCN caffe src/caffe/layers/split_channel_layer.cpp
    """

    type = "SplitChannel"
    origin = "CCN"
    roles = frozenset({Role.RESHAPING})
    homogeneous = True
    param_field = "memory_data_param"
    examples = (Example("memory_data_param { channels: 2 }", bottoms=[(2, 5, 3, 4)]),)

    def shapes(self, x: Site) -> list[Shape]:
        n, c, h, w = x.shape(0, 4, 4)
        kept = x.param.memory_data_param.channels
        if not 0 < kept <= c:
            raise ShapeError(
                f"channels is {kept}, of {c} channels",
                field="memory_data_param.channels",
                hint=f"use 1 to {c}",
            )
        return [(n, kept, h, w)]

    def code(self, x: Site) -> Code:
        return Code(call=f"{{0}}[:, :{x.param.memory_data_param.channels}]")
