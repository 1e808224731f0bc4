"""LpEvaluate: how often number plates are read right (caffe_train)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Role, Shape, Site
from caffe2torch.layers.code import Code


class LpEvaluate(Layer):
    """Counts of right and wrong answers.

    Shape:    answers, labels -> (1, 1, 1, any)
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   caffe_train src/caffe/layers/lp_evaluate_layer.cpp
    """

    type = "LpEvaluate"
    origin = "caffe_train"
    bottoms, tops = (2, None), 1
    backward = "cannot run backward"
    shapes_only = True
    roles = frozenset({Role.METRIC})

    def shapes(self, x: Site) -> list[Shape]:
        return [(1, 1, 1, 7)]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
