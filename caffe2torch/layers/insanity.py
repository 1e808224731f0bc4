"""Insanity: caffe-windows' name for the rectifier with a random leak."""

from __future__ import annotations

from caffe2torch.layers.base import Example
from caffe2torch.layers.rrelu import CaffeRReLU as CaffeRReLU
from caffe2torch.layers.rrelu import RReLU


class Insanity(RReLU):
    """max(x, 0) + min(x, 0) / a; a is uniform in [lb, ub] in TRAIN, its mean in TEST.

    Shape:    x (N, C, ...) -> same
    Params:   lb [5]; ub [10]
    Weights:  none
    Differs:  as RReLU
    Raises:   ShapeError for fewer than 2 axes, lb of ub or more, or a bound of 0
    Source:   Xu et al., Empirical Evaluation of Rectified Activations (2015); caffe-windows
              src/caffe/layers/insanity_layer.cpp
    """

    type = "Insanity"
    origin = "caffe-windows"
    param_field = "insanity_param"
    examples = (
        Example("", bottoms=[(2, 3)], phase="TEST"),
        Example("insanity_param { lb: 3 ub: 4 }", bottoms=[(2, 3, 4)], phase="TEST"),
    )
