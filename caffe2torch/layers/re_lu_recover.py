"""ReLURecover: a rectifier that gives its bottom back in backward (steganalysis)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlySame


class ReLURecover(ShapesOnlySame):
    """Rectifier in place, whose backward puts the values back that it overwrote.

    Shape:    x (any) -> same
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   GuanshuoXu caffe_deep_learning_for_steganalysis
              src/caffe/layers/relu_recover_layer.cpp
    """

    type = "ReLURecover"
    origin = "steganalysis"
    bottoms, tops = 1, 1
