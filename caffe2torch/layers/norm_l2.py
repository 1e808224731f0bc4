"""NormL2: features of length 1 (SeqFace)."""

from __future__ import annotations

from caffe2torch.layers._unit_items import legacy_shape, unit_cost, unit_items
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, op


class NormL2(Layer):
    """x / sqrt(sum of x² of its item + 1e-7).

    Shape:    x (N, ...) of up to 4 axes -> (N, C, H, W)
    Params:   none
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError for more than 4 axes, or in place
    Source:   Hu et al., SeqFace (2018); SeqFace caffe src/caffe/layers/normL2_layer.cpp
    """

    type = "NormL2"
    origin = "SeqFace"
    roles = frozenset({Role.NORMALIZER})
    examples = (Example("", bottoms=[(2, 5)]), Example("", bottoms=[(2, 3, 2, 2)]))

    def shapes(self, x: Site) -> list[Shape]:
        return [legacy_shape(x)]

    def code(self, x: Site) -> Code:
        return op(unit_items, floor=1e-7)

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return unit_cost(x)
