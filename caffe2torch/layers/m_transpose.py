"""MTranspose: groups of channels turned into rows, or back (CCN)."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError
from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Role, Shape, Site
from caffe2torch.layers.code import Code


class MTranspose(Layer):
    """Channels of each pixel in groups, a row each; inverse turns rows into maps again.

    Shape:    x (N, C, H, W) -> (N · C · H · W / groups, groups); with width, height and channel
              back to (N, channel, height, width)
    Params:   groups [1]; inverse [false]; width [0]; height [0]; channel [0]
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   ShapeError for sizes that do not fit; UnsupportedError where it is to run
    Source:   Li et al., CCN (2018); CCN caffe src/caffe/layers/mtranspose_layer.cpp
    """

    type = "MTranspose"
    origin = "CCN"
    bottoms, tops = 1, 1
    shapes_only = True
    roles = frozenset({Role.RESHAPING})
    param_field = "mtranspose_param"

    def shapes(self, x: Site) -> list[Shape]:
        param = x.param.mtranspose_param
        count = math.prod(x.bottoms[0])
        if param.inverse:
            rest = (param.channel, param.height, param.width)
            if not math.prod(rest) or count % math.prod(rest):
                raise ShapeError(
                    f"{count} values are no maps {rest}", field="mtranspose_param.width"
                )
            return [(count // math.prod(rest), *rest)]
        if not param.groups or count % param.groups:
            raise ShapeError(
                f"{count} values are no rows of {param.groups}", field="mtranspose_param.groups"
            )
        return [(count // param.groups, param.groups)]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
