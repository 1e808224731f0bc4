"""BalancedSoftmaxWithLoss: softmax loss of as many of each kind (CaffeMex_v2)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class BalancedSoftmaxWithLoss(Layer):
    """Softmax loss of as many of each kind.

    Shape:    scores (N, C, ...), labels -> ()[, softmax like the scores]
    Params:   loss_param
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   CaffeMex_v2 src/caffe/layers/balanced_softmax_loss_layer.cpp
    """

    type = "BalancedSoftmaxWithLoss"
    origin = "CaffeMex_v2"
    bottoms, tops = 2, (1, 3)
    shapes_only = True
    loss = True
    param_field = "loss_param"
    label_bottom = 1
    applies = "Softmax"

    def shapes(self, x: Site) -> list[Shape]:
        return [(), x.bottoms[0], x.bottoms[1]][: x.n_tops]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
