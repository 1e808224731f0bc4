"""ShuffleChannel: interleave the channels of several groups."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Moments, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class ShuffleChannel(Layer):
    """Channel i of group g goes to place i · group + g.

    Shape:    x (N, C, H, W) -> (N, C, H, W)
    Params:   group [1]
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError if group does not divide C
    Source:   Zhang et al. 2018 (ShuffleNet); shuffle_channel_layer.cpp of its Caffe fork
    """

    type = "ShuffleChannel"
    origin = "ShuffleNet"
    roles = frozenset({Role.RESHAPING})
    homogeneous = True
    param_field = "shuffle_channel_param"
    examples = (Example("shuffle_channel_param { group: 3 }", bottoms=[(2, 6, 3, 4)]),)

    def shapes(self, x: Site) -> list[Shape]:
        group = x.param.shuffle_channel_param.group
        if len(x.bottoms[0]) < 2 or not group or x.bottoms[0][1] % group:
            raise ShapeError(
                f"{group} groups do not divide the channels of {x.bottoms[0]}",
                field="shuffle_channel_param.group",
                hint="choose a divisor of the number of channels",
            )
        return [x.bottoms[0]]

    def code(self, x: Site) -> Code:
        return op(shuffle_channels, group=x.param.shuffle_channel_param.group)

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments.join import Reshape

        return Reshape()


def shuffle_channels(x: torch.Tensor, group: int) -> torch.Tensor:
    """(group, C / group) channels become (C / group, group)."""
    return x.unflatten(1, (group, -1)).transpose(1, 2).flatten(1, 2)
