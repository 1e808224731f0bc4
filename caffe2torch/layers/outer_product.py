"""OuterProduct: outer products of rows (JADF)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class OuterProduct(ShapesOnly):
    """Outer product of each pair of rows.

    Shape:    x (N, C), y (N, D) -> (N, C, D)
    Params:   outer_product_param loss_weight
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   JADF-caffe src/caffe/layers/outerproduct_layer.cpp
    """

    type = "OuterProduct"
    origin = "JADF"
    bottoms, tops = 2, 1
    param_field = "outer_product_param"

    def shapes(self, x: Site) -> list[Shape]:
        n, c = x.shape(0, 2)[:2]
        return [(n, c, x.shape(1, 2)[1])]
