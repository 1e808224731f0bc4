"""L2Normalize: items of length 1 (HBP)."""

from __future__ import annotations

from caffe2torch.layers._unit_items import legacy_shape, unit_cost, unit_items
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, op


class L2Normalize(Layer):
    """x / sqrt(sum of x² of its item + 1e-7).

    Shape:    x (N, ...) of up to 4 axes -> (N, C, H, W)
    Params:   none
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError for more than 4 axes, or in place
    Source:   Yu et al. (2018); Hierarchical-Bilinear-Pooling
              src/caffe/layers/l2_normalize_layer.cpp
    """

    type = "L2Normalize"
    origin = "HBP"
    roles = frozenset({Role.NORMALIZER})
    examples = (Example("", bottoms=[(2, 5)]), Example("", bottoms=[(2, 3, 2, 2)]))

    def shapes(self, x: Site) -> list[Shape]:
        return [legacy_shape(x)]

    def code(self, x: Site) -> Code:
        return op(unit_items, floor=1e-7)

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return unit_cost(x)
