"""RONDetTargetLayer: a class for each anchor of one scale (RON)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Shape, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.python_known.base import KnownLayer


class RONDetTargetLayer(KnownLayer):
    """The class that each anchor is to have, -1 where it does not count.

    Shape:    object scores (N, 2 A, H, W), objects, im_info, ... -> (N, 1, A H, W)
    Params:   param_str, which names the scale
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Kong et al., RON (2017); its lib/ron_layer/det_target_layer.py
    """

    origin = "RON"
    names = (("ron_layer.det_target_layer", "DetTargetLayer"),)
    bottoms, tops = (3, None), 1
    shapes_only = True

    def shapes(self, x: Site) -> list[Shape]:
        n, twice, h, w = x.shape(0, 4, 4)
        return [(n, 1, twice // 2 * h, w)]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its targets are not reproduced")
