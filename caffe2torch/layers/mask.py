"""Mask: maps times a mask (faceID)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class Mask(ShapesOnly):
    """Every channel of a map times a mask; without bottoms, LSTM-CF's mask of ones and zeros.

    Shape:    x (N, C, H, W), mask (N, 1, H, W) -> same as x; nothing -> (height, width)
    Params:   mask_param of its fork
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   WeitaoVan faceID src/caffe/layers/mask_layer.cpp; Winstonxu123 LSTM-CF
              src/caffe/layers/mask_layer.cpp
    """

    type = "Mask"
    origin = "faceID"
    bottoms, tops = (0, 2), 1
    param_field = "mask_param"

    def shapes(self, x: Site) -> list[Shape]:
        if not x.bottoms:
            return [(x.param.mask_param.height, x.param.mask_param.width)]
        return [x.shape(0, 4, 4)]
