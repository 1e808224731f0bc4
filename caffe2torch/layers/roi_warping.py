"""ROIWarping: a map of each region, by interpolation (MNC)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Role, Shape, Site
from caffe2torch.layers.code import Code


class ROIWarping(Layer):
    """A grid of values between pixels of each region.

    Shape:    x (N, C, H, W), rois (R, 5) -> (R, C, pooled_h, pooled_w)
    Params:   roi_warping_param pooled_h, pooled_w, spatial_scale
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Dai et al. (2016); MNC caffe-mnc roi_warping_layer.cpp
    """

    type = "ROIWarping"
    origin = "MNC"
    bottoms, tops = (2, None), 1
    shapes_only = True
    roles = frozenset({Role.POOLING})
    homogeneous = True
    param_field = "roi_warping_param"

    def shapes(self, x: Site) -> list[Shape]:
        param = x.param.roi_warping_param
        return [(x.shape(1, 1)[0], x.shape(0, 2)[1], param.pooled_h, param.pooled_w)]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its gradient for the regions is not reproduced")
