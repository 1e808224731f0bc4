"""LargeMarginInnerProduct: scores that ask the right class for a margin of angle (L-Softmax)."""

from __future__ import annotations

import math

from caffe2torch.layers._filled import filled
from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Blob, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code


class LargeMarginInnerProduct(Layer):
    """Inner product whose score of the right class is made smaller by a multiple of the angle.

    Shape:    x (N, any), labels (N) -> (N, num_output)[, lambda (1)]
    Params:   largemargin_inner_product_param num_output; type; base; gamma; power; lambda_min
    Weights:  weight (num_output, K)
    Differs:  only its shapes and blobs are known here
    Raises:   UnsupportedError where it is to run
    Source:   Liu et al., L-Softmax (2016); LargeMargin_Softmax_Loss caffe
              largemargin_inner_product_layer.cpp
    """

    type = "LargeMarginInnerProduct"
    origin = "L-Softmax"
    bottoms, tops = 2, (1, 2)
    shapes_only = True
    roles = frozenset({Role.WEIGHTS})
    param_field = "largemargin_inner_product_param"

    def shapes(self, x: Site) -> list[Shape]:
        n = x.param.largemargin_inner_product_param.num_output
        return [(x.shape(0, 1)[0], n), (1,)][: x.n_tops]

    def blobs(self, x: Site) -> dict[str, Blob]:
        param = x.param.largemargin_inner_product_param
        shape = (param.num_output, math.prod(x.bottoms[0][1:]))
        field = "largemargin_inner_product_param.weight_filler"
        return {"weight": filled(shape, param.weight_filler, field)}

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its margin and annealing are not reproduced")
