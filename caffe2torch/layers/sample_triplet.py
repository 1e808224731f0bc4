"""SampleTriplet: triplets of anchor, positive and negative (caffe_train)."""

from __future__ import annotations

import math

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class SampleTriplet(ShapesOnly):
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
    param_field = "sample_triplet_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [(math.prod(x.bottoms[1]), 3, 1, 1)]
