"""SegmentationEvaluate: how often pixels are right (YOLO)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Role, Shape, Site


class SegmentationEvaluate(ShapesOnly):
    """Counts of right pixels of each class.

    Shape:    map (N, C, H, W), labels (N, 1, H, W) -> (1, 1, num_classes, any)
    Params:   segmentation_evaluate_param num_classes, threshold
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   MobileNet-YOLO src/caffe/layers/segmentation_evaluate_layer.cpp
    """

    type = "SegmentationEvaluate"
    origin = "YOLO"
    bottoms, tops = (2, None), 1
    backward = "cannot run backward"
    roles = frozenset({Role.METRIC})

    def shapes(self, x: Site) -> list[Shape]:
        return [(1, 1, max(1, x.param.segmentation_evaluate_param.num_classes), 5)]
