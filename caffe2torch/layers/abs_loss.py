"""AbsLoss: mean absolute difference (iResNet)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class AbsLoss(Layer):
    """Absolute differences of two blobs.

    Shape:    x (any), target of the same shape -> ()
    Params:   as its fork
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Liang et al., iResNet (2018); iResNet caffe src/caffe/layers/abs_loss_layer.cpp
    """

    type = "AbsLoss"
    origin = "iResNet"
    bottoms, tops = (1, None), 1
    loss = True
    shapes_only = True

    def shapes(self, x: Site) -> list[Shape]:
        return [()]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
