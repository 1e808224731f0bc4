"""Yolov3Detection: detections out of maps of YOLO (caffe_train)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Role, Shape, Site


class Yolov3Detection(ShapesOnly):
    """Detections out of maps of YOLO, the likeliest kept.

    Shape:    maps (N, any, H, W) -> (1, 1, D, 7). D is known only when it runs; the rule says 1
    Params:   detection_output_param
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   caffe_train src/caffe/layers/yolov3_detection_layer.cpp
    """

    type = "Yolov3Detection"
    origin = "caffe_train"
    bottoms, tops = (1, None), 1
    backward = "cannot run backward"
    roles = frozenset({Role.RESULT})

    def shapes(self, x: Site) -> list[Shape]:
        return [(1, 1, 1, 7)]
