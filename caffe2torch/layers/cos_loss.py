"""CosLoss: loss of the angle between rows (CSLJXing)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlyLoss


class CosLoss(ShapesOnlyLoss):
    """How far the cosine of each pair of rows is from 1.

    Shape:    x (N, any), y of the same shape -> ()
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   CSLJXing caffe src/caffe/layers/cos_loss_layer.cpp
    """

    type = "CosLoss"
    origin = "CSLJXing"
    bottoms, tops = 2, 1
