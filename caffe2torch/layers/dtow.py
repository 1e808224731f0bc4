"""Dtow: channels traded for pixels (CCN)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Role, Shape, Site
from caffe2torch.layers.code import Code


class Dtow(Layer):
    """Blocks of psize × psize pixels from channels (MDTOW), or into them (MWTOD).

    Shape:    x (N, C, H, W) -> (N, C / psize², H · psize, W · psize), or back
    Params:   psize [2]; method [MDTOW]; ngroup [1]
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   ShapeError for sizes that do not fit, and other methods; UnsupportedError where it
              is to run
    Source:   Li et al., CCN (2018); CCN caffe src/caffe/layers/dtow_layer.cpp
    """

    type = "Dtow"
    origin = "CCN"
    bottoms, tops = 1, 1
    shapes_only = True
    roles = frozenset({Role.RESHAPING})
    param_field = "dtow_param"

    def shapes(self, x: Site) -> list[Shape]:
        n, c, h, w = x.shape(0, 4, 4)
        param = x.param.dtow_param
        side = param.psize
        if param.method == param.MDTOW and side and c % (side * side) == 0:
            return [(n, c // (side * side), h * side, w * side)]
        if param.method == param.MWTOD and side and h % side == 0 and w % side == 0:
            return [(n, c * side * side, h // side, w // side)]
        raise ShapeError(
            f"psize {side} and this method do not fit {x.bottoms[0]}", field="dtow_param.psize"
        )

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
