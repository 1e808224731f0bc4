"""RONDetLayer: boxes and scores of one scale (RON)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Shape, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.python_known.base import KnownLayer


class RONDetLayer(KnownLayer):
    """The boxes of all anchors of a map, with their scores.

    Shape:    object scores (N, 2 A, H, W), class scores (N, K, h, w), offsets (N, 4 A, H, W),
              ... -> boxes (N, A H W, 4), scores (N, A H W, classes)
    Params:   param_str, which names the scale
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Kong et al., RON (2017); its lib/ron_layer/det_layer.py
    """

    origin = "RON"
    names = (("ron_layer.det_layer", "DetLayer"),)
    bottoms, tops = (3, None), 2
    shapes_only = True

    def shapes(self, x: Site) -> list[Shape]:
        n, twice, h, w = x.shape(0, 4, 4)
        boxes = twice // 2 * h * w
        classes = 1 + (x.shape(1, 4, 4)[1] - 1) // max(twice // 2, 1)
        return [(n, boxes, 4), (n, boxes, classes)]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its boxes are not reproduced")
