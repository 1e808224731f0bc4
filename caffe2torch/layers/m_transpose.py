"""MTranspose: groups of channels turned into rows, or back (CCN)."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class MTranspose(Layer):
    """Channels of each pixel in groups, a row each; inverse turns rows into maps again.

    Shape:    x (N, C, H, W) -> (N · C · H · W / groups, groups); with inverse, width, height and
              channel back to (N, channel, height, width)
    Params:   groups [1]; inverse [false]; width [0]; height [0]; channel [0]
    Weights:  none
    Differs:  inverse has a gradient; the fork's passes none
    Raises:   ShapeError for sizes that do not fit
    Source:   Li et al., CCN (2018); CCN caffe src/caffe/layers/mtranspose_layer.cpp
    """

    type = "MTranspose"
    origin = "CCN"
    roles = frozenset({Role.RESHAPING})
    homogeneous = True
    param_field = "mtranspose_param"
    examples = (
        Example("mtranspose_param { groups: 3 }", bottoms=[(2, 6, 2, 4)]),
        Example(
            "mtranspose_param { groups: 3 inverse: true channel: 6 height: 2 width: 4 }",
            bottoms=[(32, 3)],
        ),
    )

    def shapes(self, x: Site) -> list[Shape]:
        param = x.param.mtranspose_param
        count = math.prod(x.bottoms[0])
        rest = (param.channel, param.height, param.width) if param.inverse else x.shape(0, 4, 4)[1:]
        if not param.groups or rest[0] % param.groups:
            raise ShapeError(
                f"{rest[0]} channels are no groups of {param.groups}",
                field="mtranspose_param.groups",
            )
        if not param.inverse:
            return [(count // param.groups, param.groups)]
        if not math.prod(rest) or count % math.prod(rest):
            raise ShapeError(f"{count} values are no maps {rest}", field="mtranspose_param.width")
        return [(count // math.prod(rest), *rest)]

    def code(self, x: Site) -> Code:
        param = x.param.mtranspose_param
        if param.inverse:
            maps = (param.channel, param.height, param.width)
            return op(maps_of_rows, groups=param.groups, maps=maps)
        return op(rows_of_maps, groups=param.groups)


def rows_of_maps(x: torch.Tensor, groups: int) -> torch.Tensor:
    """Rows (N · C / groups · H · W, groups) of maps (N, C, H, W)."""
    n, c, h, w = x.shape
    return x.reshape(n, c // groups, groups, h * w).transpose(2, 3).reshape(-1, groups)


def maps_of_rows(x: torch.Tensor, groups: int, maps: tuple[int, int, int]) -> torch.Tensor:
    """Maps (N, C, H, W) of such rows; maps: C, H and W."""
    c, h, w = maps
    rows = x.reshape(-1, c // groups, h * w, groups)
    return rows.transpose(2, 3).reshape(-1, c, h, w)
