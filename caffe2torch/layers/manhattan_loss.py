"""ManhattanLoss: L1 loss (joint-regressor)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class ManhattanLoss(Layer):
    """Mean absolute difference.

    Shape:    x (N, any), target[, weights] -> ()
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Huang et al., joint-regressor caffe manhattan_loss_layer
    """

    type = "ManhattanLoss"
    origin = "joint-regressor"
    bottoms, tops = (2, 3), 1
    loss = True
    shapes_only = True

    def shapes(self, x: Site) -> list[Shape]:
        return [()]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its source was not found in public")
