"""AbsLoss: mean absolute difference (iResNet)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlyLoss


class AbsLoss(ShapesOnlyLoss):
    """Absolute differences of two blobs.

    Shape:    x (any), target of the same shape -> ()
    Params:   as its fork
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Liang et al., iResNet (2018); iResNet caffe src/caffe/layers/abs_loss_layer.cpp
    """

    type = "AbsLoss"
    origin = "iResNet"
    bottoms, tops = (1, None), 1
