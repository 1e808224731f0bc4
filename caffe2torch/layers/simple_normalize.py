"""SimpleNormalize: features of length 1 (caffe_train)."""

from __future__ import annotations

from caffe2torch.layers._unit_items import legacy_shape, unit_cost, unit_items
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, op


class SimpleNormalize(Layer):
    """x / sqrt(sum of x² of its item).

    Shape:    x (N, ...) of up to 4 axes -> (N, C, H, W)
    Params:   none
    Weights:  none
    Differs:  items of zeros are not numbers, as in the fork
    Raises:   ShapeError for more than 4 axes, or in place
    Source:   caffe_train src/caffe/layers/simplenormalize_layer.cpp
    """

    type = "SimpleNormalize"
    origin = "caffe_train"
    roles = frozenset({Role.NORMALIZER})
    examples = (Example("", bottoms=[(2, 5)]), Example("", bottoms=[(2, 3, 2, 2)]))

    def shapes(self, x: Site) -> list[Shape]:
        return [legacy_shape(x)]

    def code(self, x: Site) -> Code:
        return op(unit_items, floor=0.0)

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return unit_cost(x)
