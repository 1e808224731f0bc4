"""DomainTransform: scores smoothed up to edges (deeplab)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class DomainTransform(Layer):
    """Scores that a recursive filter smooths, but not over edges.

    Shape:    x (N, C, H, W), edges (N, 1, H, W) -> (N, C, H, W)
    Params:   num_iter [3]; spatial_sigma [50]; range_sigma [5]; min_weight [0]
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Chen et al., Semantic image segmentation with task-specific edge detection (2016);
              DeepLab caffe src/caffe/layers/domain_transform_layer.cpp
    """

    type = "DomainTransform"
    origin = "deeplab"
    bottoms, tops = 2, 1
    shapes_only = True
    param_field = "domain_transform_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [x.bottoms[0]]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
