"""AutoCrop: a map cut to the size of another, where they lie over each other (FCN)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Role, Shape, Site
from caffe2torch.layers.code import Code


class AutoCrop(Layer):
    """The part of a map that lies over another one.

    Shape:    x (N, C, H, W), a smaller map (any, any, H', W') -> (N, C, H', W')
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Long et al. (2015), FCN's old caffe; rcf src/caffe/layers/auto_crop_layer.cpp
    """

    type = "AutoCrop"
    origin = "FCN"
    bottoms, tops = 2, 1
    shapes_only = True
    roles = frozenset({Role.RESHAPING})
    homogeneous = True

    def shapes(self, x: Site) -> list[Shape]:
        return [(*x.bottoms[0][:2], *x.bottoms[1][-2:])]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "where the maps lie follows from all layers between")
