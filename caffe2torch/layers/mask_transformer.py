"""MaskTransformer: maps times a mask (daerduoCarey)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class MaskTransformer(ShapesOnly):
    """Every channel of a map times a mask.

    Shape:    x (N, C, H, W), mask (N, H * W) -> same as x
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   daerduoCarey mycaffe src/caffe/layers/mask_layer.cpp
    """

    type = "MaskTransformer"
    origin = "daerduoCarey"
    bottoms, tops = 2, 1

    def shapes(self, x: Site) -> list[Shape]:
        return [x.shape(0, 4, 4)]
