"""TileProduct: every channel times one map (AttentionMask)."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code


class TileProduct(Layer):
    """x times a map, the same for all channels.

    Shape:    x (N, C, H, W), map (N, 1, H, W) -> (N, C, H, W)
    Params:   none
    Weights:  none
    Differs:  the map's gradient is the whole sum; the fork's threads may overwrite each other's
    Raises:   ShapeError if the map does not fit
    Source:   Wilms and Frintrop, AttentionMask (2018); its caffe tile_product_layer.cu
    """

    type = "TileProduct"
    origin = "AttentionMask"
    bottoms = 2
    examples = (Example("", bottoms=[(2, 3, 4, 5), (2, 1, 4, 5)]),)

    def shapes(self, x: Site) -> list[Shape]:
        maps, weights = x.bottoms
        if len(maps) != 4 or weights != (maps[0], 1, *maps[2:]):
            raise ShapeError(
                f"takes (N, C, H, W) and (N, 1, H, W), got {maps} and {weights}", field="bottom"
            )
        return [maps]

    def code(self, x: Site) -> Code:
        return Code(call="({0} * {1})")

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return math.prod(tops[0])
