"""CenterGridOutput: detections out of maps (caffe_train)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Role, Shape, Site


class CenterGridOutput(ShapesOnly):
    """Detections out of maps, the likeliest kept.

    Shape:    maps (N, any, H, W) -> (1, 1, D, 15). D is known only when it runs; the rule says
              1
    Params:   detection_output_param
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   caffe_train src/caffe/layers/center_grid_output_layer.cpp
    """

    type = "CenterGridOutput"
    origin = "caffe_train"
    bottoms, tops = (1, None), 1
    backward = "cannot run backward"
    roles = frozenset({Role.RESULT})

    def shapes(self, x: Site) -> list[Shape]:
        return [(1, 1, 1, 15)]
