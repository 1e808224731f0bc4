"""DetectionOutputExtended: detections with the prior box of each (training_toolbox_caffe)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Role, Shape, Site


class DetectionOutputExtended(ShapesOnly):
    """Detections as DetectionOutput gives them, with their prior boxes.

    Shape:    offsets, scores, priors -> (1, 1, D, 15). D is known only when it runs; the rule
              says 1
    Params:   detection_output_param
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   training_toolbox_caffe src/caffe/layers/detection_output_extended_layer.cpp
    """

    type = "DetectionOutputExtended"
    origin = "training_toolbox_caffe"
    bottoms, tops = (3, None), 1
    backward = "cannot run backward"
    roles = frozenset({Role.RESULT})
    param_field = "detection_output_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [(1, 1, 1, 15)]
