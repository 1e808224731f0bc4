"""FlowWarping: a picture moved by a flow (caffe_video_segmentation)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class FlowWarping(ShapesOnly):
    """Pictures with their places moved by a flow.

    Shape:    x (N, C, H, W), flow (N, 2, H, W) -> as x
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   caffe_video_segmentation src/caffe/layers/flow_warping_layer.cpp
    """

    type = "FlowWarping"
    origin = "caffe_video_segmentation"
    bottoms, tops = 2, 1

    def shapes(self, x: Site) -> list[Shape]:
        return [x.shape(0, 4, 4)]
