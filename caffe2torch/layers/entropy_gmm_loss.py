"""EntropyGmmLoss: bits that a mixture of Gaussians needs for labels (CCN)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlyLoss


class EntropyGmmLoss(ShapesOnlyLoss):
    """Bits that a mixture of Gaussians needs for labels.

    Shape:    x, ... -> ()
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Li et al., CCN (2018); CCN caffe src/caffe/layers/entropy_gmm_loss_layer.cpp
    """

    type = "EntropyGmmLoss"
    origin = "CCN"
    bottoms, tops = (1, None), 1
