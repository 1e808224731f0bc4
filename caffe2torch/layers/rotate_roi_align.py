"""RotateROIAlign: a small map of each rotated region (RRPN)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Role, Shape, Site


class RotateROIAlign(ShapesOnly):
    """A map of fixed size of each rotated region.

    Shape:    x (N, C, H, W), regions (R, 6) -> (R, C, pooled_h, pooled_w)
    Params:   pooled_h [0]; pooled_w [0]; spatial_scale [1]
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Ma et al., Rotation proposals (2018); RRPN caffe rotate_roi_align_layer.cpp
    """

    type = "RotateROIAlign"
    origin = "RRPN"
    bottoms, tops = 2, 1
    roles = frozenset({Role.POOLING})
    param_field = "rotate_align_param"

    def shapes(self, x: Site) -> list[Shape]:
        _, c, _, _ = x.shape(0, 4, 4)
        regions, param = x.shape(1, 1)[0], x.param.rotate_align_param
        return [(regions, c, param.pooled_h, param.pooled_w)]
