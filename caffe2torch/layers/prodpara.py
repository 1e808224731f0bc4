"""Prodpara: maps times learned weights (MLKP)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlySame


class Prodpara(ShapesOnlySame):
    """Maps times learned weights of a channel, of a place, or of both.

    Shape:    x (any), ... -> same
    Params:   prodpara_param operation, num_output
    Weights:  its fork's, which are not declared here
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Wang et al., Multi-scale location-aware kernel representation (2018); Hwang64
              caffe-mlkp src/caffe/layers/prodpara_layer.cpp
    """

    type = "Prodpara"
    origin = "MLKP"
    bottoms, tops = (1, None), 1
    param_field = "prodpara_param"
