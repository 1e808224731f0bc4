"""LSEPLoss: smooth loss of pairs of labels in the wrong order (R-3CNN)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class LSEPLoss(Layer):
    """Logarithm of summed exponentials over pairs of labels in the wrong order.

    Shape:    scores (N, C), labels -> ()
    Params:   as its fork
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   RojunLin R-3CNN src/caffe/layers/lsep_loss_layer.cpp
    """

    type = "LSEPLoss"
    origin = "R-3CNN"
    bottoms, tops = 2, 1
    loss = True
    shapes_only = True

    def shapes(self, x: Site) -> list[Shape]:
        return [()]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
