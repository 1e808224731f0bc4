"""BB3TXTLoss: a loss of three-dimensional boxes in a map (master_thesis_code)."""

from __future__ import annotations

from caffe2torch.layers.bbtxt_loss import BBTXTLoss


class BB3TXTLoss(BBTXTLoss):
    """Loss of a map of objects against the true objects.

    Shape:    objects (N, M, any), map (N, 8, H, W) -> ()
    Params:   accumulator_loss_param
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   ShapeError for a map of other than 8 channels; UnsupportedError where it is to run
    Source:   Novák, Vehicle Detection and Pose Estimation (2017); master_thesis_code
              caffe/src/caffe/layers/bb3txt_loss_layer.cpp
    """

    type = "BB3TXTLoss"
    channels = 8
