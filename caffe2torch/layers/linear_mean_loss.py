"""LinearMeanLoss: the mean of a critic's scores (Caffe_Gan)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class LinearMeanLoss(Layer):
    """Mean of the scores, or of their squares over the items; a second bottom gives the sign.

    Shape:    scores (N, any), sign (1) -> ()
    Params:   mean_loss_param method [LONE] or LTWO
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   limuhit Caffe_Gan src/caffe/layers/linear_mean_loss_layer.cpp
    """

    type = "LinearMeanLoss"
    origin = "Caffe_Gan"
    bottoms, tops = (1, 2), 1
    shapes_only = True
    loss = True
    param_field = "mean_loss_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [()]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
