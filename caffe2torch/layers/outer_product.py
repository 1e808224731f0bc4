"""OuterProduct: outer products of rows (JADF)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class OuterProduct(Layer):
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
    shapes_only = True
    param_field = "outer_product_param"

    def shapes(self, x: Site) -> list[Shape]:
        n, c = x.shape(0, 2)[:2]
        return [(n, c, x.shape(1, 2)[1])]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
