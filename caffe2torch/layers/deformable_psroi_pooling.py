"""DeformablePSROIPooling: position-sensitive pooling whose bins move (frcnn)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Role, Shape, Site


class DeformablePSROIPooling(ShapesOnly):
    """Means of bins that offsets move, every bin from channels of its own.

    Shape:    x (N, any, H, W), rois (R, 5)[, offsets] -> (R, output_dim, pooled_size,
              pooled_size)
    Params:   deformable_psroi_pooling_param output_dim, pooled_size, group_size
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Dai et al. (2017); frcnn src/caffe/layers/deformable_psroi_pooling_layer.cpp
    """

    type = "DeformablePSROIPooling"
    origin = "frcnn"
    bottoms, tops = (2, 3), 1
    roles = frozenset({Role.POOLING})
    homogeneous = True
    param_field = "deformable_psroi_pooling_param"

    def shapes(self, x: Site) -> list[Shape]:
        param = x.param.deformable_psroi_pooling_param
        size = param.pooled_size or param.group_size
        return [(x.shape(1, 1)[0], param.output_dim, size, size)]
