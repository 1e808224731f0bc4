"""ROIAlignHalf: regions pooled by interpolation, for the upper half (cgangEE)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Role, Shape, Site


class ROIAlignHalf(ShapesOnly):
    """Pooled values of the upper half of each region.

    Shape:    x (N, C, H, W), regions (R, 5) -> (R, C, pooled_h, pooled_w)
    Params:   roi_pooling_param pooled_h; pooled_w; spatial_scale
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   cgangEE ohem caffe-fast-rcnn/src/caffe/layers/roi_align_half_layer.cpp
    """

    type = "ROIAlignHalf"
    origin = "cgangEE"
    bottoms, tops = 2, 1
    roles = frozenset({Role.POOLING})
    param_field = "roi_pooling_param"

    def shapes(self, x: Site) -> list[Shape]:
        param, shape = x.param.roi_pooling_param, x.shape(0, 4, 4)
        return [(x.shape(1, 1)[0], shape[1], param.pooled_h, param.pooled_w)]
