"""MssimLoss: structural similarity at several scales (CCN)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlyLoss


class MssimLoss(ShapesOnlyLoss):
    """Structural similarity at several scales.

    Shape:    x, ... -> ()
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Li et al., CCN (2018); CCN caffe src/caffe/layers/mssim_loss_layer.cpp
    """

    type = "MssimLoss"
    origin = "CCN"
    bottoms, tops = (1, None), 1
