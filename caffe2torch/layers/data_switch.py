"""DataSwitch: one of several sources (iResNet)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class DataSwitch(Layer):
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
    shapes_only = True

    def shapes(self, x: Site) -> list[Shape]:
        return [x.bottoms[0]]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
