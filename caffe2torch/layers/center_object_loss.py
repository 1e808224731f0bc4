"""CenterObjectLoss: loss of maps of centres (caffe_train)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlyLoss


class CenterObjectLoss(ShapesOnlyLoss):
    """Loss of maps of centres against the true objects.

    Shape:    maps (N, any, H, W), objects (1, 1, G, 8) -> ()
    Params:   center_object_loss_param; loss_param normalization
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   caffe_train src/caffe/layers/center_object_loss_layer.cpp
    """

    type = "CenterObjectLoss"
    origin = "caffe_train"
    bottoms, tops = (2, None), 1
