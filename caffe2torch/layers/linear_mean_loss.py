"""LinearMeanLoss: the mean of a critic's scores (Caffe_Gan)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlyLoss


class LinearMeanLoss(ShapesOnlyLoss):
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
    param_field = "mean_loss_param"
