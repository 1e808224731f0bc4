"""LOTLoss: a norm of differences (CCN)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlyLoss


class LOTLoss(ShapesOnlyLoss):
    """A norm of differences.

    Shape:    x, ... -> ()
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Li et al., CCN (2018); CCN caffe src/caffe/layers/lot_loss_layer.cpp
    """

    type = "LOTLoss"
    origin = "CCN"
    bottoms, tops = (1, None), 1
