"""L1LossKitti: the L1 loss of disparities where they are known (SVS)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlyLoss


class L1LossKitti(ShapesOnlyLoss):
    """L1 loss of one bottom, or of the difference of two, where the truth is known.

    Shape:    x (N, C, H, W)[, y the same] -> ()
    Params:   l1_loss_param as L1Loss
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   lawy623 SVS caffe/src/caffe/layers/l1loss_kitti_layer.cpp
    """

    type = "L1LossKitti"
    origin = "SVS"
    bottoms, tops = (1, 2), 1
    param_field = "l1_loss_param"
