"""CenterGridLoss: loss of objects on a grid (caffe_train)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlyLoss


class CenterGridLoss(ShapesOnlyLoss):
    """Loss of objects on a grid against the true objects.

    Shape:    maps (N, any, H, W), objects (1, 1, G, 8) -> ()
    Params:   center_object_loss_param; loss_param normalization
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   caffe_train src/caffe/layers/center_grid_loss_layer.cpp
    """

    type = "CenterGridLoss"
    origin = "caffe_train"
    bottoms, tops = (2, None), 1
