"""DetectionAccuracy: how often a map of a detector is right (mscnn)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Role, Shape, Site


class DetectionAccuracy(ShapesOnly):
    """Shares of the cells of objects and of the background that are right, and the mean overlap.

    Shape:    map (N, cls_num + coord_num, H, W), labels (N, coord_num + 2, H, W) -> (1, 1, 1,
              2)[, (1, 1, 1, 1)]
    Params:   cls_num; coord_num; field_h; field_w; downsample_rate
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Cai et al., MS-CNN (2016); mscnn src/caffe/layers/detection_accuracy_layer.cpp
    """

    type = "DetectionAccuracy"
    origin = "mscnn"
    bottoms, tops = 2, (1, 2)
    backward = "cannot run backward"
    roles = frozenset({Role.METRIC})
    param_field = "detection_accuracy_param"

    def shapes(self, x: Site) -> list[Shape]:
        tops: list[Shape] = [(1, 1, 1, 2), (1, 1, 1, 1)]
        return tops[: x.n_tops]
