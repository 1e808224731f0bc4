"""MaskResize: masks of another size (MNC)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Role, Shape, Site


class MaskResize(ShapesOnly):
    """Masks by interpolation between pixels.

    Shape:    masks (R, 1, H, W) -> (R, 1, output_height, output_width)
    Params:   mask_resize_param output_height, output_width
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Dai et al. (2016); MNC caffe-mnc mask_resize_layer.cpp
    """

    type = "MaskResize"
    origin = "MNC"
    bottoms, tops = 1, 1
    roles = frozenset({Role.RESHAPING})
    homogeneous = True
    param_field = "mask_resize_param"

    def shapes(self, x: Site) -> list[Shape]:
        param = x.param.mask_resize_param
        return [(*x.bottoms[0][:2], param.output_height or 14, param.output_width or 14)]
