"""WeightedSoftmaxWithLoss: softmax loss with weights of classes (caffe-adas)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class WeightedSoftmaxWithLoss(ShapesOnly):
    """Softmax loss in which classes have weights; each fork has its own.

    Shape:    scores (N, C, any), labels[, weights] -> ()[, softmax like the scores]
    Params:   softmax_param; loss_param
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   lswzjuer caffe-adas, and others' weighted_softmax_loss_layer.cpp
    """

    type = "WeightedSoftmaxWithLoss"
    aliases = ("WeightedSoftmaxLoss",)
    origin = "caffe-adas"
    bottoms, tops = (2, 3), (1, 2)
    loss = True
    param_field = "loss_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [(), x.bottoms[0]][: x.n_tops]
