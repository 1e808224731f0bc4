"""SegGt: boxes painted into a map of classes (DES)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class SegGt(ShapesOnly):
    """A map of classes with the objects' boxes painted in.

    Shape:    objects (1, 1, G, 8), map (N, C, H, W) -> (N, 1, H, W), or num_class channels with
              non_exclusive
    Params:   seggt_param num_class, non_exclusive
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Zhang et al., Single-shot detection with enriched semantics (2018); bairdzhang
              caffe src/caffe/layers/seggt.cpp
    """

    type = "SegGt"
    origin = "DES"
    bottoms, tops = 2, 1
    param_field = "seggt_param"

    def shapes(self, x: Site) -> list[Shape]:
        n, _, h, w = x.shape(1, 4, 4)
        param = x.param.seggt_param
        return [(n, param.num_class if param.non_exclusive else 1, h, w)]
