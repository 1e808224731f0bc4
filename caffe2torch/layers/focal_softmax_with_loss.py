"""focalSoftmaxWithLoss: softmax loss with focal weights (caffe_train)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class focalSoftmaxWithLoss(ShapesOnly):
    """Softmax loss with focal weights.

    Shape:    scores (N, C, ...), labels -> ()[, softmax like the scores]
    Params:   loss_param; softmax_param
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   caffe_train src/caffe/layers/focal_loss_layer.cpp
    """

    type = "focalSoftmaxWithLoss"
    origin = "caffe_train"
    bottoms, tops = 2, (1, 2)
    loss = True
    param_field = "loss_param"
    label_bottom = 1
    applies = "Softmax"

    def shapes(self, x: Site) -> list[Shape]:
        return [(), x.bottoms[0]][: x.n_tops]
