"""PostClassLoss: loss of the classes of proposed regions (LSTD)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class PostClassLoss(Layer):
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
    loss = True
    shapes_only = True
    param_field = "multibox_loss_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [()]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
