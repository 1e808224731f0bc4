"""YoloSeg: loss of a map of classes (YOLO)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlyLoss


class YoloSeg(ShapesOnlyLoss):
    """Sum of the squared errors of a map.

    Shape:    map (N, C, H, W), labels (N, 1, H, W)[, weights] -> ()
    Params:   yolo_seg_param
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   MobileNet-YOLO src/caffe/layers/yolo_seg_layer.cpp
    """

    type = "YoloSeg"
    origin = "YOLO"
    bottoms, tops = (2, None), 1
