"""DataSwitch: one of several sources (iResNet)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlySame


class DataSwitch(ShapesOnlySame):
    """One of its bottoms, chosen for each batch.

    Shape:    x, ... of one shape -> the shape
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Liang et al., iResNet (2018); iResNet caffe src/caffe/layers/data_switch_layer.cpp
    """

    type = "DataSwitch"
    origin = "iResNet"
    bottoms, tops = (1, None), 1
