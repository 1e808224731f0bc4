"""BinaryInnerProduct: an inner product whose weights are signs (hwgq)."""

from __future__ import annotations

import math
from typing import ClassVar

from caffe2torch.layers._binary import binary_weight
from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Example, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.inner_product import InnerProduct
from caffe2torch.layers.lazy import F, nn, torch


class BinaryInnerProduct(InnerProduct):
    """Inner product with the signs of its weights, times the mean size of each row if asked for.

    Shape:    x (N, any) -> (N, num_output) as InnerProduct
    Params:   as InnerProduct; binary_inner_product_param use_alpha, use_binarization
    Weights:  as InnerProduct, in full precision
    Differs:  nothing. The gradient of a weight is that of its sign; transpose is ignored, as by the
              fork. A layer without binary_inner_product_param is shown and not run
    Raises:   as InnerProduct; UnsupportedError without binary_inner_product_param
    Source:   Rastegari et al. (2016); hwgq src/caffe/layers/binary_inner_product_layer.cpp
    """

    type = "BinaryInnerProduct"
    aliases: ClassVar[tuple[str, ...]] = ()
    origin = "hwgq"
    bottoms = 1
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            "inner_product_param { num_output: 4 } binary_inner_product_param { use_alpha: true }",
            bottoms=[(2, 3, 2)],
        ),
    )

    def code(self, x: Site) -> Code:
        if not x.param.HasField("binary_inner_product_param"):
            refuse_to_run(x, "without binary_inner_product_param it is of one of several forks")
        param, binary = x.param.inner_product_param, x.param.binary_inner_product_param
        axis = self._axis(x)
        size = math.prod(x.bottoms[0][axis:])
        flat = "" if axis == len(x.bottoms[0]) - 1 else f".flatten({axis})"
        init = (
            f"CaffeBinaryInnerProduct({size}, {param.num_output}, {param.bias_term}, "
            f"use_alpha={binary.use_alpha}, binary={binary.use_binarization})"
        )
        return Code(init, call=f"{{self}}({{0}}{flat})")


class CaffeBinaryInnerProduct(nn.Module):
    """Inner product whose weights count by their signs."""

    def __init__(
        self, size: int, num_output: int, bias: bool, use_alpha: bool, binary: bool
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(num_output, size))
        self.bias = nn.Parameter(torch.empty(num_output)) if bias else None
        self.use_alpha, self.binary = use_alpha, binary

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        weight = binary_weight(self.weight, self.use_alpha) if self.binary else self.weight
        return F.linear(x, weight, self.bias)
