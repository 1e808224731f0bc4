"""BoxGroupOutput: boxes out of groups of maps, the likeliest kept apart (cascade-rcnn)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Role, Shape, Site


class BoxGroupOutput(ShapesOnly):
    """Boxes of several pairs of scores and offsets, kept apart from each other.

    Shape:    scores and offsets (N * groups, any, H, W), in pairs -> regions (R, 5) of image,
              left, top, right, bottom[, the same with a score (R, 6)]. R is known only when it
              runs; the rule says 1
    Params:   fg_thr; iou_thr; nms_type; box_group_param of field_w, field_h and stride, one a
              pair
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Cai and Vasconcelos, Cascade R-CNN (2018); cascade-rcnn
              src/caffe/layers/box_group_output_layer.cpp
    """

    type = "BoxGroupOutput"
    origin = "cascade-rcnn"
    bottoms, tops = (2, None), (1, 2)
    roles = frozenset({Role.RESULT})
    param_field = "box_group_output_param"

    def shapes(self, x: Site) -> list[Shape]:
        if len(x.bottoms) % 2:
            raise ShapeError("takes scores and offsets in pairs", field="bottom")
        tops: list[Shape] = [(1, 5, 1, 1), (1, 6, 1, 1)]
        return tops[: x.n_tops]
