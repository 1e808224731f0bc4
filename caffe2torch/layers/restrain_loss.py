"""RestrainLoss: loss of what lies outside of the objects (LSTD)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlyLoss


class RestrainLoss(ShapesOnlyLoss):
    """Loss of the activations outside of the objects.

    Shape:    x (N, C, H, W), regions (1, 1, R, any), ... -> ()
    Params:   restrain_loss_param spatial_scale
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Chen et al., LSTD (2018); haochen-rye LSTD
              src/caffe/layers/restrain_loss_layer.cpp
    """

    type = "RestrainLoss"
    origin = "LSTD"
    bottoms, tops = (2, None), 1
    param_field = "restrain_loss_param"
