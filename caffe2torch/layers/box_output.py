"""BoxOutput: boxes out of the maps of a detector, the likeliest kept apart (mscnn)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Role, Shape, Site


class BoxOutput(ShapesOnly):
    """Boxes of several maps, each with a field of its own size, kept apart from each other.

    Shape:    maps (N, classes + 4, H, W), one or more -> regions (R, 5) of image, left, top,
              right, bottom[, the same with a score (R, 6)]. R is known only when it runs; the
              rule says 1
    Params:   fg_thr; iou_thr; nms_type; field_w, field_h and downsample_rate, one a map;
              max_nms_num
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Cai et al., MS-CNN (2016); mscnn src/caffe/layers/box_output_layer.cpp
    """

    type = "BoxOutput"
    origin = "mscnn"
    bottoms, tops = (1, None), (1, 2)
    roles = frozenset({Role.RESULT})
    param_field = "box_output_param"

    def shapes(self, x: Site) -> list[Shape]:
        tops: list[Shape] = [(1, 5, 1, 1), (1, 6, 1, 1)]
        return tops[: x.n_tops]
