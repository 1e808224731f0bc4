"""DetectionCcpdOutput: letters of number plates (caffe_train)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Role, Shape, Site


class DetectionCcpdOutput(ShapesOnly):
    """Letters of number plates, the likeliest kept.

    Shape:    scores of each letter (N, any) -> (1, 1, N, 7)
    Params:   lp_det_param
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   caffe_train src/caffe/layers/detection_ccpd_output_layer.cpp
    """

    type = "DetectionCcpdOutput"
    origin = "caffe_train"
    bottoms, tops = (1, None), 1
    backward = "cannot run backward"
    roles = frozenset({Role.RESULT})

    def shapes(self, x: Site) -> list[Shape]:
        return [(1, 1, x.shape(0, 1)[0], 7)]
