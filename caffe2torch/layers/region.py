"""Region: boxes and scores of YOLO v2 from its last map (caffe_yolo_v2)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class Region(Layer):
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
    shapes_only = True
    param_field = "region_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [x.shape(0, 4, 4)]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
