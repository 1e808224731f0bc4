"""BalancedSoftmaxWithLoss: softmax loss of as many of each kind (CaffeMex_v2)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class BalancedSoftmaxWithLoss(ShapesOnly):
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
    loss = True
    param_field = "loss_param"
    label_bottom = 1
    applies = "Softmax"

    def shapes(self, x: Site) -> list[Shape]:
        return [(), x.bottoms[0], x.bottoms[1]][: x.n_tops]
