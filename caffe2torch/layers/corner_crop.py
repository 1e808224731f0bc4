"""CornerCrop: cuts of a map at its corners and centre (SplitNet)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Role, Shape, Site
from caffe2torch.layers.code import Code


class CornerCrop(Layer):
    """Parts of a map, one a top.

    Shape:    x (N, C, H, W) -> one part a top (N, C, crop_h, crop_w)
    Params:   crop_size, or crop_h and crop_w; position, one a top: center, upperleft,
              upperright, lowerleft, lowerright
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   SplitNet caffe src/caffe/layers/corner_crop_layer.cpp
    """

    type = "CornerCrop"
    origin = "SplitNet"
    bottoms, tops = 1, (1, None)
    shapes_only = True
    roles = frozenset({Role.RESHAPING})
    homogeneous = True
    param_field = "corner_crop_param"

    def shapes(self, x: Site) -> list[Shape]:
        param = x.param.corner_crop_param
        size = (param.crop_size,) * 2 if param.crop_size else (param.crop_h, param.crop_w)
        return [(*x.bottoms[0][:2], *size)] * x.n_tops

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its gradient divides by how often a place was cut")
