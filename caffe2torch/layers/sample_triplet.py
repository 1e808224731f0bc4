"""SampleTriplet: triplets of anchor, positive and negative (caffe_train)."""

from __future__ import annotations

import math

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class SampleTriplet(Layer):
    """For each item the numbers of an anchor, a positive and a negative one.

    Shape:    features (N, ...), labels (L, ...) -> (L, 3, 1, 1)
    Params:   sample_triplet_param label_num; sample_num; eps; alpha
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   caffe_train src/caffe/layers/sample_triplet_layer.cpp
    """

    type = "SampleTriplet"
    origin = "caffe_train"
    bottoms, tops = 2, 1
    shapes_only = True
    param_field = "sample_triplet_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [(math.prod(x.bottoms[1]), 3, 1, 1)]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
