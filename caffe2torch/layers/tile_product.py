"""TileProduct: every channel times one map (AttentionMask)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class TileProduct(Layer):
    """Every channel times one map.

    Shape:    x (N, C, H, W), map -> (N, C, H, W)
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Wilms and Frintrop, AttentionMask (2018); its caffe tile_product_layer.cpp
    """

    type = "TileProduct"
    origin = "AttentionMask"
    bottoms, tops = 2, 1
    shapes_only = True

    def shapes(self, x: Site) -> list[Shape]:
        return [x.shape(0, 4, 4)]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
