"""MaxDrop: drops the greatest values (Max-drop)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlySame


class MaxDrop(ShapesOnlySame):
    """In TRAIN drops the greatest value of a map or of a pixel's channels by chance.

    Shape:    x (N, C, H, W) -> same
    Params:   max_drop_param prob, dim_option
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Park and Kwak, Analysis on the dropout effect (2016); Max-drop max_drop_layer.cpp
    """

    type = "MaxDrop"
    origin = "Max-drop"
    bottoms, tops = 1, 1
    param_field = "max_drop_param"
