"""LSEPLoss: smooth loss of pairs of labels in the wrong order (R-3CNN)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlyLoss


class LSEPLoss(ShapesOnlyLoss):
    """Logarithm of summed exponentials over pairs of labels in the wrong order.

    Shape:    scores (N, C), labels -> ()
    Params:   as its fork
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   RojunLin R-3CNN src/caffe/layers/lsep_loss_layer.cpp
    """

    type = "LSEPLoss"
    origin = "R-3CNN"
    bottoms, tops = 2, 1
