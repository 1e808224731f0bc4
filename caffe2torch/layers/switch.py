"""Switch: one of its bottoms, chosen by the program (Caffe_Gan)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlySame


class Switch(ShapesOnlySame):
    """The bottom that the program chose, at first the first.

    Shape:    x (any), ... of one shape -> same
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   limuhit Caffe_Gan src/caffe/layers/switch_layer.cpp
    """

    type = "Switch"
    origin = "Caffe_Gan"
    bottoms, tops = (1, None), 1
