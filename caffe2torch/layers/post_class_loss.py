"""PostClassLoss: loss of the classes of proposed regions (LSTD)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlyLoss


class PostClassLoss(ShapesOnlyLoss):
    """Loss of the classes of proposed regions, matched with the objects.

    Shape:    scores, regions, objects -> ()
    Params:   multibox_loss_param; loss_param
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Chen et al., LSTD (2018); haochen-rye LSTD
              src/caffe/layers/post_class_loss_layer.cpp
    """

    type = "PostClassLoss"
    origin = "LSTD"
    bottoms, tops = 3, 1
    param_field = "multibox_loss_param"
