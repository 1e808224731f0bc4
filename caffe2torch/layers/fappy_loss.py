"""FAPPYLoss: loss of the cosines of all pairs of a batch (FAPPY)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlyLoss


class FAPPYLoss(ShapesOnlyLoss):
    """Loss of cosines against whether the labels of a pair agree.

    Shape:    cosines (P, 1, 1, 1), labels or flags -> ()
    Params:   as its fork
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   fappy_metric_learning caffe/src/caffe/layers/fappy_loss_layer.cpp
    """

    type = "FAPPYLoss"
    origin = "FAPPY"
    bottoms, tops = (2, None), 1
