"""DomainTransform: scores smoothed up to edges (deeplab)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlySame


class DomainTransform(ShapesOnlySame):
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
    param_field = "domain_transform_param"
