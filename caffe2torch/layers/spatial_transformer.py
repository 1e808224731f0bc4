"""SpatialTransformer: a map read through an affine grid (caffe-windows)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Role, Shape, Site


class SpatialTransformer(ShapesOnly):
    """A map read bilinearly where an affine map of each image says.

    Shape:    x (N, C, H, W), theta (N, 6) -> (N, C, output_H, output_W), by default H and W
    Params:   st_param output_H; output_W; theta_1_1 and more that fix parts of theta
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Jaderberg et al., Spatial Transformer Networks (2015); its Caffe ports' st_layer.cpp
    """

    type = "SpatialTransformer"
    origin = "caffe-windows"
    bottoms, tops = 2, 1
    roles = frozenset({Role.RESHAPING})
    param_field = "st_param"

    def shapes(self, x: Site) -> list[Shape]:
        n, c, h, w = x.shape(0, 4, 4)
        param = x.param.st_param
        return [(n, c, param.output_H or h, param.output_W or w)]
