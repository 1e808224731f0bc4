"""InnerProduct: a fully connected layer."""

from __future__ import annotations

import math
from typing import ClassVar

from caffe2torch.errors import ShapeError
from caffe2torch.layers._filled import filled
from caffe2torch.layers.base import Blob, Example, Layer, Moments, Role, Shape, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.lazy import F, nn, torch


class InnerProduct(Layer):
    """y = W·x + b over the axes from `axis` on, flattened.

    Shape:    x (N, C, H, W) -> (N, num_output); axes before axis stay
    Params:   num_output; bias_term [true]; axis [1]; transpose [false]; weight_filler; bias_filler
    Weights:  weight (num_output, K), with transpose (K, num_output); bias (num_output)
    Differs:  nothing; nn.Linear, or CaffeInnerProduct with transpose, so that the blob keeps its
              shape and can be shared with another layer
    Raises:   ShapeError if num_output is 0 or axis does not exist
    Source:   Caffe src/caffe/layers/inner_product_layer.cpp
    """

    type = "InnerProduct"
    aliases: ClassVar[tuple[str, ...]] = (
        "SparseInnerProduct",
    )  # a fork's, of rows that are mostly 0
    keeps_output = False
    roles = frozenset({Role.WEIGHTS})
    param_field = "inner_product_param"
    examples: ClassVar[tuple[Example, ...]] = (
        Example("inner_product_param { num_output: 7 }", bottoms=[(2, 3, 4, 5)]),
        Example(
            "inner_product_param { num_output: 3 bias_term: false transpose: true "
            'weight_filler { type: "xavier" } }',
            bottoms=[(2, 6)],
        ),
        Example("inner_product_param { num_output: 4 axis: -1 }", bottoms=[(2, 3, 5)]),
    )

    def _axis(self, x: Site) -> int:
        return x.axis(x.param.inner_product_param.axis, "inner_product_param.axis")

    def shapes(self, x: Site) -> list[Shape]:
        num_output = x.param.inner_product_param.num_output
        if not num_output:
            raise ShapeError(
                "num_output is 0 or missing",
                field="inner_product_param.num_output",
                hint="write the number of outputs",
            )
        return [(*x.bottoms[0][: self._axis(x)], num_output)]

    def blobs(self, x: Site) -> dict[str, Blob]:
        param = x.param.inner_product_param
        shape = (param.num_output, math.prod(x.bottoms[0][self._axis(x) :]))
        shape = shape[::-1] if param.transpose else shape
        blobs = {"weight": filled(shape, param.weight_filler, "inner_product_param.weight_filler")}
        if param.bias_term:
            bias = (param.num_output,)
            blobs["bias"] = filled(bias, param.bias_filler, "inner_product_param.bias_filler")
        return blobs

    def rereads(self, x: Site) -> tuple[int, ...]:
        return (0,)

    def code(self, x: Site) -> Code:
        param, axis = x.param.inner_product_param, self._axis(x)
        kind = "CaffeInnerProduct" if param.transpose else "nn.Linear"
        bias = "" if param.bias_term else ", bias=False"
        size = math.prod(x.bottoms[0][axis:])
        flat = "" if axis == len(x.bottoms[0]) - 1 else f".flatten({axis})"
        return Code(
            f"{kind}({size}, {param.num_output}{bias})",
            call=f"{{self}}({{0}}{flat})",
        )

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments.linear import Linear

        return Linear()

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return math.prod(tops[0]) * math.prod(x.bottoms[0][self._axis(x) :])


class CaffeInnerProduct(nn.Module):
    """nn.Linear whose weight is stored as (in_features, out_features): Caffe's `transpose`."""

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(in_features, out_features))
        self.bias = nn.Parameter(torch.empty(out_features)) if bias else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.linear(x, self.weight.t(), self.bias)
