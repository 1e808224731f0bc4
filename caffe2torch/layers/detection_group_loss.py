"""DetectionGroupLoss: loss of scores and boxes of a group of maps (cascade-rcnn)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class DetectionGroupLoss(Layer):
    """Softmax loss of drawn cells and smooth L1 loss of the boxes of objects.

    Shape:    scores (N * groups, cls_num, H, W), offsets (N * groups, 4, H, W), labels (N *
              groups, 6, H, W) -> (1, 1, 1, 2)
    Params:   cls_num; field_w and field_h, one a group; stride; lambda; batch_size;
              neg_mining_type
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Cai and Vasconcelos, Cascade R-CNN (2018); cascade-rcnn
              src/caffe/layers/detection_group_loss_layer.cpp
    """

    type = "DetectionGroupLoss"
    origin = "cascade-rcnn"
    bottoms, tops = 3, 1
    loss = True
    shapes_only = True
    param_field = "detection_group_loss_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [(1, 1, 1, 2)]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "it draws cells at random by its fork's own rules")
