"""PostClassOutput: detections from classes of proposed regions (LSTD)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class PostClassOutput(ShapesOnly):
    """Detections of proposed regions and their classes. How many is known only when it runs.

    Shape:    regions, scores -> (1, 1, 1, 7)
    Params:   detection_output_param
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Chen et al., LSTD (2018); haochen-rye LSTD
              src/caffe/layers/post_class_output_layer.cpp
    """

    type = "PostClassOutput"
    origin = "LSTD"
    bottoms, tops = (2, None), 1
    param_field = "detection_output_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [(1, 1, 1, 7)]
