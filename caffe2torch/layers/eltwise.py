"""Eltwise: the sum, product or maximum of several blobs, element by element."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import ShapeError, UnsupportedError, plural
from caffe2torch.layers._eltwise import (
    late_product,
    max_onto_first,
    product_onto_first,
    sum_onto_first,
)
from caffe2torch.layers.base import Example, Layer, Moments, Role, Shape, Site
from caffe2torch.layers.code import Code, Late, literal, number
from caffe2torch.layers.lazy import torch


class Eltwise(Layer):
    """Sum with coefficients, product, or maximum of the bottoms.

    Shape:    2 or more x (any, all the same), with a coeff also one, as in FlowNet
              -> same
    Params:   operation [SUM], PROD or MAX; coeff, one a bottom, for SUM only;
              stable_prod_grad [true]: the gradient of PROD as a product, not as a quotient
    Weights:  none
    Differs:  of equal values the maximum's gradient goes to the second of the first two bottoms,
              or else to the earliest, as in Caffe (torch.maximum halves it). In place Caffe clears
              the first bottom before it reads it: the top is the sum or the maximum of the others;
              and it writes the first gradient over the one that arrives. So does ours
    Raises:   ShapeError if the shapes or the number of coefficients differ, or for PROD with
              coefficients
    Source:   Caffe src/caffe/layers/eltwise_layer.cpp
    """

    type = "Eltwise"
    bottoms = (1, None)
    roles = frozenset({Role.SUM})
    mode = "operation"
    param_field = "eltwise_param"
    keeps_output = False
    examples = (
        Example(bottoms=[(2, 3, 4, 5)] * 3),
        Example("eltwise_param { coeff: 0.5 coeff: -1 }", bottoms=[(2, 3)] * 2),
        Example("eltwise_param { operation: PROD }", bottoms=[(2, 3)] * 3),
        Example("eltwise_param { operation: PROD stable_prod_grad: false }",
                bottoms=[(2, 3)] * 2, low=0.5, high=2),
        Example("eltwise_param { operation: MAX }", bottoms=[(2, 3)] * 3),
    )  # fmt: skip

    def shapes(self, x: Site) -> list[Shape]:
        eltwise = x.param.eltwise_param
        if len(x.bottoms) == 1:
            if eltwise.operation != eltwise.SUM or not eltwise.coeff:
                raise ShapeError(
                    "takes at least 2 bottoms, has 1", field="bottom", hint="name a second blob"
                )
            x.notes.append("one bottom, as forks of FlowNet take it; Caffe refuses this layer")
        for name, shape in zip(x.bottom_names, x.bottoms, strict=True):
            if shape != x.bottoms[0]:
                raise ShapeError(
                    f"bottom {name!r} has shape {shape} and {x.bottom_names[0]!r} "
                    f"{x.bottoms[0]}; all must match",
                    field="bottom",
                    hint="Caffe's Pooling rounds up and its Convolution down: compare the sizes "
                    "along both branches",
                )
        if eltwise.coeff and eltwise.operation == eltwise.PROD:
            raise ShapeError(
                "PROD takes no coefficients", field="eltwise_param.coeff", hint="remove coeff"
            )
        if len(eltwise.coeff) not in (0, len(x.bottoms)):
            raise ShapeError(
                f"{plural(len(eltwise.coeff), 'coeff')} for {plural(len(x.bottoms), 'bottom')}",
                field="eltwise_param.coeff",
                hint="write one coeff per bottom, or none",
            )
        if x.in_place:
            lost = (
                ""
                if eltwise.operation == eltwise.PROD
                else f'leaves "{x.bottom_names[0]}" out, and '
            )
            x.notes.append(
                f"in place, Caffe {lost}computes wrong gradients, and so it is here; give its top "
                "a name of its own"
            )
        return [x.bottoms[0]]

    def rereads(self, x: Site) -> tuple[int, ...]:
        eltwise = x.param.eltwise_param
        stable = eltwise.operation == eltwise.PROD and eltwise.stable_prod_grad
        return tuple(range(len(x.bottoms))) if stable and not x.in_place else ()

    def late(self, x: Site) -> Late | None:
        eltwise = x.param.eltwise_param
        if eltwise.operation != eltwise.PROD:
            return None
        if x.in_place:
            return Late(f"{late_product.__name__}(g, b, t, n, {eltwise.stable_prod_grad})")
        return None if eltwise.stable_prod_grad else Late("tuple(g * (t / v) for v in b)")

    def code(self, x: Site) -> Code:
        eltwise, n = x.param.eltwise_param, len(x.bottoms)
        if x.in_place and eltwise.operation <= eltwise.MAX:
            return Code(call=_onto_first(x))
        if eltwise.operation == eltwise.SUM:
            return Code(call=_sum(list(eltwise.coeff) or [1.0] * n))
        if eltwise.operation == eltwise.MAX:
            return Code(call="eltwise_max({bottoms})")
        if eltwise.operation != eltwise.PROD:
            raise UnsupportedError(
                "operation STOCHASTIC_SUM (yjxiong's) is not supported", hint="use SUM"
            )
        if eltwise.stable_prod_grad:
            return Code(call=" * ".join(f"{{{i}}}" for i in range(n)))
        return Code(call="CaffeQuotientProduct.apply({bottoms})")

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments import join

        param = x.param.eltwise_param
        if param.operation == pb.EltwiseParameter.SUM:
            return join.Sum(tuple(param.coeff))
        product = param.operation == pb.EltwiseParameter.PROD
        return join.Product() if product else join.Maximum()

    def cost(self, x: Site, tops: list[Shape]) -> int:
        terms = len(x.param.eltwise_param.coeff) or len(x.bottoms) - 1
        return terms * math.prod(tops[0])


def _onto_first(x: Site) -> str:
    """Source of the call where the top is written over the first bottom."""
    eltwise = x.param.eltwise_param
    if eltwise.operation == eltwise.SUM:
        coefficients = literal(list(eltwise.coeff) or [1.0] * len(x.bottoms))
        return f"{sum_onto_first.__name__}({coefficients}, {x.sharing}, {{bottoms}})"
    if eltwise.operation == eltwise.MAX:
        return f"{max_onto_first.__name__}({x.sharing}, {{bottoms}})"
    stable = eltwise.stable_prod_grad
    return f"{product_onto_first.__name__}({stable}, {x.sharing}, {{bottoms}})"


def _sum(coefficients: list[float]) -> str:
    """Source of the sum, such as {0} - 0.5 * {1}."""
    text = ""
    for i, c in enumerate(coefficients):
        times = "" if abs(c) == 1 else f"{number(abs(c))} * "
        sign = "-" if c < 0 else "+"
        text += f" {sign} {times}{{{i}}}" if text else f"{'-' * (c < 0)}{times}{{{i}}}"
    return text


def eltwise_max(first: torch.Tensor, *others: torch.Tensor) -> torch.Tensor:
    """Maximum of tensors of one shape; each gradient goes to one of them, as in Caffe."""
    top = torch.where(first > others[0], first, others[0])
    for other in others[1:]:
        top = torch.where(other > top, other, top)
    return top


class CaffeQuotientProduct(torch.autograd.Function):
    """Product of tensors of one shape, whose gradient is the product divided by the factor."""

    @staticmethod
    def forward(ctx: Any, *factors: torch.Tensor) -> torch.Tensor:
        """Give the product."""
        ctx.save_for_backward(*factors)
        return torch.stack(factors).prod(0)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Give product / factor times the gradient: NaN where a factor is 0."""
        factors = ctx.saved_tensors
        product = torch.stack(factors).prod(0)
        return tuple(gradient * (product / factor) for factor in factors)
