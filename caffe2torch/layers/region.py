"""Region: boxes and scores of YOLO v2 from its last map (caffe_yolo_v2)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class Region(ShapesOnly):
    """Boxes and scores of YOLO v2 in place of the raw numbers.

    Shape:    x (N, C, H, W) -> (N, C, H, W)
    Params:   classes [20]; coords [4]; boxes_of_each_grid [5]; softmax [false]; anchors, num,
              biases
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Redmon and Farhadi, YOLO9000 (2016); caffe_yolo_v2 src/caffe/layers/region_layer.cpp
    """

    type = "Region"
    origin = "caffe_yolo_v2"
    bottoms, tops = 1, 1
    param_field = "region_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [x.shape(0, 4, 4)]
