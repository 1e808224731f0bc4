"""FrcnnOutput: detections out of classes and boxes (cascade-rcnn)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Role, Shape, Site


class FrcnnOutput(ShapesOnly):
    """Boxes of each class, kept apart from each other.

    Shape:    scores (R, classes), offsets (R, any), regions (R, 5), sizes of the images -> (D,
              7, 1, 1). D is known only when it runs; the rule says 1
    Params:   conf_thr; iou_thr; nms_type; max_det_num
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Cai and Vasconcelos, Cascade R-CNN (2018); cascade-rcnn
              src/caffe/layers/frcnn_output_layer.cpp
    """

    type = "FrcnnOutput"
    origin = "cascade-rcnn"
    bottoms, tops = (3, None), (1, None)
    backward = "cannot run backward"
    roles = frozenset({Role.RESULT})
    param_field = "frcnn_output_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [(1, 7, 1, 1)] * x.n_tops
