"""SegmentationEvaluate: how often pixels are right (YOLO)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Role, Shape, Site
from caffe2torch.layers.code import Code


class SegmentationEvaluate(Layer):
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
    shapes_only = True
    roles = frozenset({Role.METRIC})

    def shapes(self, x: Site) -> list[Shape]:
        return [(1, 1, max(1, x.param.segmentation_evaluate_param.num_classes), 5)]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
