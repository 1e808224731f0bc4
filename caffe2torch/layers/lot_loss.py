"""LOTLoss: a norm of differences (CCN)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class LOTLoss(Layer):
    """A norm of differences.

    Shape:    x, ... -> ()
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Li et al., CCN (2018); CCN caffe src/caffe/layers/lot_loss_layer.cpp
    """

    type = "LOTLoss"
    origin = "CCN"
    bottoms, tops = (1, None), 1
    shapes_only = True
    loss = True

    def shapes(self, x: Site) -> list[Shape]:
        return [()]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
