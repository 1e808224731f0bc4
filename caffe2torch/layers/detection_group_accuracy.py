"""DetectionGroupAccuracy: how often a group of maps is right (cascade-rcnn)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Role, Shape, Site


class DetectionGroupAccuracy(ShapesOnly):
    """Shares of the cells of objects and of the background that are right, and the mean overlap.

    Shape:    scores (N * groups, cls_num, H, W), offsets (N * groups, 4, H, W), labels (N *
              groups, 6, H, W) -> (1, 1, 1, 2)[, (1, 1, 1, 1)]
    Params:   cls_num; field_w and field_h, one a group; stride; objectness
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Cai and Vasconcelos, Cascade R-CNN (2018); cascade-rcnn
              src/caffe/layers/detection_group_accuracy_layer.cpp
    """

    type = "DetectionGroupAccuracy"
    origin = "cascade-rcnn"
    bottoms, tops = 3, (1, 2)
    backward = "cannot run backward"
    roles = frozenset({Role.METRIC})
    param_field = "detection_group_accuracy_param"

    def shapes(self, x: Site) -> list[Shape]:
        tops: list[Shape] = [(1, 1, 1, 2), (1, 1, 1, 1)]
        return tops[: x.n_tops]
