"""Sparsify: small values become zeros (wenwei202)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlySame
from caffe2torch.layers.base import Role


class Sparsify(ShapesOnlySame):
    """A map whose small values are zeros.

    Shape:    x, any -> same
    Params:   sparsify_param
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Wen et al. (2017); wenwei202 caffe src/caffe/layers/sparsify_layer.cpp
    """

    type = "Sparsify"
    origin = "wenwei202"
    bottoms, tops = 1, 1
    roles = frozenset({Role.ACTIVATION})
    param_field = "sparsify_param"
