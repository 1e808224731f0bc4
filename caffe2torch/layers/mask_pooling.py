"""MaskPooling: a map of each region times its mask (MNC)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code


class MaskPooling(Layer):
    """Every channel of x times the mask of the same region.

    Shape:    x (R, C, H, W), masks (R, 1, H, W) -> (R, C, H, W)
    Params:   none
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError if the masks do not fit
    Source:   Dai et al., Instance-aware semantic segmentation (2016), MNC's caffe-mnc
              mask_pooling_layer.cpp
    """

    type = "MaskPooling"
    origin = "MNC"
    bottoms = 2
    roles = frozenset({Role.POOLING})
    examples = (Example("", bottoms=[(2, 3, 4, 5), (2, 1, 4, 5)]),)

    def shapes(self, x: Site) -> list[Shape]:
        maps, masks = x.bottoms
        if len(maps) != 4 or masks != (maps[0], 1, *maps[2:]):
            raise ShapeError(
                f"takes (R, C, H, W) and (R, 1, H, W), got {maps} and {masks}", field="bottom"
            )
        return [maps]

    def code(self, x: Site) -> Code:
        return Code(call="({0} * {1})")
