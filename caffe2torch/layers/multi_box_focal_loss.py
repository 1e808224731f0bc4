"""MultiBoxFocalLoss: SSD's loss with focal weights (focal-loss)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlyLoss


class MultiBoxFocalLoss(ShapesOnlyLoss):
    """SSD's loss, with focal weights in place of mined negatives.

    Shape:    locations, confidences, priors, objects -> ()
    Params:   multibox_loss_param; focal_loss_param
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Lin et al., Focal Loss (2017); ssd-models' multibox_focal_loss_layer.cpp
    """

    type = "MultiBoxFocalLoss"
    origin = "focal-loss"
    bottoms, tops = 4, 1
    param_field = "multibox_loss_param"
