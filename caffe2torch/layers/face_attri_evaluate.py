"""FaceAttriEvaluate: how often attributes of faces are right (caffe_train)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Role, Shape, Site


class FaceAttriEvaluate(ShapesOnly):
    """Counts of right and wrong answers.

    Shape:    answers, labels -> (1, 1, 1, any)
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   caffe_train src/caffe/layers/face_attri_evaluate_layer.cpp
    """

    type = "FaceAttriEvaluate"
    origin = "caffe_train"
    bottoms, tops = (2, None), 1
    backward = "cannot run backward"
    roles = frozenset({Role.METRIC})

    def shapes(self, x: Site) -> list[Shape]:
        return [(1, 1, 1, 7)]
