"""ROIAlign: values between pixels, at points of a grid in each region (mscnn)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Role, Shape, Site
from caffe2torch.layers.code import Code


class ROIAlign(Layer):
    """Values between pixels at the points of a grid in each region.

    Shape:    x (N, C, H, W), rois (R, 5) -> (R, C, pooled_h + 1, pooled_w + 1) by
              roi_pooling_param, (R, C, pooled_h, pooled_w) by roi_align_param
    Params:   roi_pooling_param pooled_h, pooled_w, spatial_scale, pad_ratio
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   cascade-rcnn and frcnn src/caffe/layers/roi_align_layer.cpp
    """

    type = "ROIAlign"
    origin = "mscnn"
    bottoms, tops = 2, 1
    shapes_only = True
    roles = frozenset({Role.POOLING})
    homogeneous = True
    param_field = "roi_pooling_param"

    def shapes(self, x: Site) -> list[Shape]:
        param = x.param.roi_pooling_param
        size = (param.pooled_h + 1, param.pooled_w + 1)
        other = getattr(x.param, "roi_align_param", None)
        if other is not None and x.param.HasField("roi_align_param"):
            size = (other.pooled_h, other.pooled_w)
        return [(x.shape(1, 1)[0], x.shape(0, 2)[1], *size)]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "forks sample regions in different ways")
