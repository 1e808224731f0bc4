"""InnerProduct: a fully connected layer."""

from __future__ import annotations

import math
from typing import ClassVar

from caffe2torch.errors import ShapeError
from caffe2torch.layers._filled import filled
from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Blob, Count, Example, Layer, Moments, Role, Shape, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.lazy import F, nn, torch


class InnerProduct(Layer):
    """y = W·x + b over the axes from `axis` on, flattened.

    Shape:    x (N, C, H, W)[, NormFace's: W (num, K), and num_output is num] -> (N, num_output);
              axes before axis stay
    Params:   num_output; bias_term [true]; axis [1]; transpose [false]; weight_filler; bias_filler
    Weights:  weight (num_output, K), with transpose (K, num_output), but not with W as a bottom;
              bias (num_output)
    Differs:  nothing; nn.Linear, or CaffeInnerProduct with transpose, so that the blob keeps its
              shape and can be shared with another layer
    Raises:   ShapeError if num_output is 0, axis does not exist or W does not fit;
              UnsupportedError with W and transpose where it is to run
    Source:   Caffe src/caffe/layers/inner_product_layer.cpp; two bottoms: NormFace's caffe-windows
    """

    type = "InnerProduct"
    aliases: ClassVar[tuple[str, ...]] = (
        "SparseInnerProduct",
    )  # a fork's, of rows that are mostly 0
    bottoms: ClassVar[Count] = (1, 2)
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
        Example("inner_product_param { bias_term: false }", bottoms=[(2, 3, 5), (4, 15)]),
        Example("", bottoms=[(2, 6), (3, 6)]),
    )

    def _axis(self, x: Site) -> int:
        return x.axis(x.param.inner_product_param.axis, "inner_product_param.axis")

    def _num_output(self, x: Site) -> int:
        given = len(x.bottoms) > 1
        return x.bottoms[1][0] if given else x.param.inner_product_param.num_output

    def shapes(self, x: Site) -> list[Shape]:
        if len(x.bottoms) > 1:
            self._check_weights(x)
        num_output = self._num_output(x)
        if not num_output:
            raise ShapeError(
                "num_output is 0 or missing",
                field="inner_product_param.num_output",
                hint="write the number of outputs",
            )
        return [(*x.bottoms[0][: self._axis(x)], num_output)]

    def _check_weights(self, x: Site) -> None:
        size = math.prod(x.bottoms[0][self._axis(x) :])
        if math.prod(x.shape(1, 2)[1:]) != size:
            raise ShapeError(
                f"bottom {x.bottom_names[1]!r} of shape {x.bottoms[1]} is to have rows of {size} "
                "weights",
                field="bottom",
            )

    def blobs(self, x: Site) -> dict[str, Blob]:
        param, blobs = x.param.inner_product_param, {}
        if len(x.bottoms) == 1:
            shape = (param.num_output, math.prod(x.bottoms[0][self._axis(x) :]))
            shape = shape[::-1] if param.transpose else shape
            filler = param.weight_filler
            blobs["weight"] = filled(shape, filler, "inner_product_param.weight_filler")
        if param.bias_term:
            bias = (self._num_output(x),)
            blobs["bias"] = filled(bias, param.bias_filler, "inner_product_param.bias_filler")
        return blobs

    def rereads(self, x: Site) -> tuple[int, ...]:
        return (0,)

    def code(self, x: Site) -> Code:
        param, axis = x.param.inner_product_param, self._axis(x)
        if len(x.bottoms) > 1:
            if param.transpose:
                refuse_to_run(x, "transposed weights of a bottom are not reproduced", "remove it")
            biases = self._num_output(x) if param.bias_term else 0
            return Code(f"CaffeProduct({axis}, {biases})")
        kind = "CaffeInnerProduct" if param.transpose else "nn.Linear"
        bias = "" if param.bias_term else ", bias=False"
        size = math.prod(x.bottoms[0][axis:])
        flat = "" if axis == len(x.bottoms[0]) - 1 else f".flatten({axis})"
        return Code(
            f"{kind}({size}, {param.num_output}{bias})",
            call=f"{{self}}({{0}}{flat})",
        )

    def signal(self, x: Site) -> Moments | None:
        from caffe2torch.moments.linear import Linear

        return Linear() if len(x.bottoms) == 1 else None

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return math.prod(tops[0]) * math.prod(x.bottoms[0][self._axis(x) :])


class CaffeProduct(nn.Module):
    """Products of rows with the rows of another blob, which flatten from `axis` and 1 on."""

    def __init__(self, axis: int, bias: int) -> None:
        super().__init__()
        self.axis = axis
        self.bias = nn.Parameter(torch.empty(bias)) if bias else None

    def forward(self, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        return F.linear(x.flatten(self.axis), weight.flatten(1), self.bias)


class CaffeInnerProduct(nn.Module):
    """nn.Linear whose weight is stored as (in_features, out_features): Caffe's `transpose`."""

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(in_features, out_features))
        self.bias = nn.Parameter(torch.empty(out_features)) if bias else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.linear(x, self.weight.t(), self.bias)
