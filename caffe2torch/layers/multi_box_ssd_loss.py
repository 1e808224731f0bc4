"""MultiBoxSSDLoss: SSD's loss, as caffe_train has it (caffe_train)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlyLoss


class MultiBoxSSDLoss(ShapesOnlyLoss):
    """SSD's loss of locations and confidences.

    Shape:    locations, confidences, priors, objects -> ()
    Params:   multibox_loss_param
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   caffe_train src/caffe/layers/multibox_loss_layer.cpp
    """

    type = "MultiBoxSSDLoss"
    origin = "caffe_train"
    bottoms, tops = 4, 1
    param_field = "multibox_loss_param"
