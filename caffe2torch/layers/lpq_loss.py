"""LpqLoss: a robust loss of flows (flownet2)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlyLoss


class LpqLoss(ShapesOnlyLoss):
    """(sum of |difference|^p + epsilon)^q.

    Shape:    x (N, C, H, W)[, target] -> ()
    Params:   lpq_loss_param p, q, p_epsilon, q_epsilon, l2_prescale_by_channels
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Sun et al. (2018); flownet2 src/caffe/layers/lpq_loss_layer.cpp
    """

    type = "LpqLoss"
    origin = "flownet2"
    bottoms, tops = (1, 2), 1
    param_field = "lpq_loss_param"
