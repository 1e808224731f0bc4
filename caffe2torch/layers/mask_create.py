"""MaskCreate: the label of each place (TGPnet)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class MaskCreate(ShapesOnly):
    """The label with the highest score at each place.

    Shape:    scores (N, num_cls, H, W) -> (N, 1, H, W)
    Params:   mask_create_param num_cls [20]
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   TGPnet caffe/src/caffe/layers/mask_create_layer.cpp
    """

    type = "MaskCreate"
    origin = "TGPnet"
    bottoms, tops = 1, 1
    param_field = "mask_create_param"

    def shapes(self, x: Site) -> list[Shape]:
        n, _, h, w = x.shape(0, 4, 4)
        return [(n, 1, h, w)]
