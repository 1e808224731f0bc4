"""PSROIAlign: position-sensitive means of samples in each bin of a region (R-FCN)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Role, Shape, Site


class PSROIAlign(ShapesOnly):
    """Mean of sampled points of each bin of a region, every bin from channels of its own.

    Shape:    x (N, output_dim * group_size^2, H, W), rois (R, 5) -> (R, output_dim, group_size,
              group_size)
    Params:   spatial_scale; output_dim; group_size; sample_num
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   R-FCN-PSROIAlign caffe src/caffe/layers/psroi_align_layer.cu
    """

    type = "PSROIAlign"
    origin = "R-FCN"
    bottoms, tops = (2, None), 1
    roles = frozenset({Role.POOLING})
    homogeneous = True
    param_field = "psroi_align_param"

    def shapes(self, x: Site) -> list[Shape]:
        param = x.param.psroi_align_param
        return [(x.shape(1, 1)[0], param.output_dim, param.group_size, param.group_size)]
