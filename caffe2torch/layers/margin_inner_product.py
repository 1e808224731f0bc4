"""MarginInnerProduct: inner products with unit weights and an angular margin (SphereFace)."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch.errors import ShapeError
from caffe2torch.layers._filled import filled
from caffe2torch.layers.base import Blob, Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, number
from caffe2torch.layers.lazy import nn, torch

EXAMPLE = (
    'margin_inner_product_param {{ num_output: 3 type: {} weight_filler {{ type: "xavier" }} '
    "base: 10 gamma: 0.1 lambda_min: 2 }}"
)


class MarginInnerProduct(Layer):
    """x · w / |w|; for the label's row |x| psi(angle), mixed with lambda times the product.

    psi is (-1)^k cos(m angle) - 2k with k whole, so that it falls all the way. The label's value
    is (|x| psi + lambda x · w) / (1 + lambda), lambda = max(base / (1 + gamma t)^power,
    lambda_min) and t the number of the forward.

    Shape:    x (N, any), label (N) -> (N, num_output)[, lambda (1)]
    Params:   num_output > 0; type [SINGLE]: m is 1, DOUBLE 2, TRIPLE 3, QUADRUPLE 4;
              weight_filler; axis [1]; base [1]; gamma [0]; power [1]; iteration [0], t before the
              first forward; lambda_min [0]
    Weights:  weight (num_output, K), overwritten by weight / |weight| of each row in forward
    Differs:  nothing. As in SphereFace the gradient is not the mathematical one: weights get that
              of a plain inner product, and x gets the direction of psi's gradient times a norm
              of the coefficients. t is not stored in the weights.
    Raises:   ShapeError if num_output is missing or there is not one label an item
    Source:   Liu et al., SphereFace (2017); its caffe margin_inner_product_layer.cpp
    """

    type = "MarginInnerProduct"
    origin = "sphereface"
    bottoms, tops = 2, (1, 2)
    roles = frozenset({Role.WEIGHTS})
    param_field = "margin_inner_product_param"
    examples = tuple(
        Example(EXAMPLE.format(kind), bottoms=[(4, 5), (4,)], tops=2, integer=(1,))
        for kind in ("SINGLE", "DOUBLE", "TRIPLE", "QUADRUPLE")
    )

    def shapes(self, x: Site) -> list[Shape]:
        param = x.param.margin_inner_product_param
        axis = x.axis(param.axis, "margin_inner_product_param.axis")
        features, label = x.bottoms
        if param.num_output < 1:
            raise ShapeError("num_output is missing", field="margin_inner_product_param.num_output")
        if math.prod(features[:axis]) != math.prod(label):
            raise ShapeError(
                f"{math.prod(label)} labels for {math.prod(features[:axis])} feature vectors",
                field="bottom",
            )
        return [(*features[:axis], param.num_output), (1,)][: x.n_tops]

    def blobs(self, x: Site) -> dict[str, Blob]:
        param = x.param.margin_inner_product_param
        axis = x.axis(param.axis, "margin_inner_product_param.axis")
        shape = (param.num_output, math.prod(x.bottoms[0][axis:]))
        where = "margin_inner_product_param.weight_filler"
        return {"weight": filled(shape, param.weight_filler, where)}

    def force_backward(self, x: Site, bottom: int) -> bool:
        return bottom == 0

    def code(self, x: Site) -> Code:
        param = x.param.margin_inner_product_param
        outputs, features = self.blobs(x)["weight"].shape
        axis = x.axis(param.axis, "margin_inner_product_param.axis")
        rates = ", ".join(map(number, (param.base, param.gamma, param.power, param.lambda_min)))
        init = (
            f"CaffeMarginInnerProduct({features}, {outputs}, {param.type + 1}, ({rates}), "
            f"{param.iteration}, {axis})"
        )
        call = "{self}({bottoms})" if x.n_tops > 1 else "{self}({bottoms})[0]"
        return Code(init, call)


class CaffeAngularMargin(torch.autograd.Function):
    """The label's value of an angular margin, with SphereFace's gradient.

    psi(c) = sign · cosine polynomial + shift of the cosine c; m is 2, 3 or 4.
    """

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, w: torch.Tensor, m: int) -> torch.Tensor:
        """|x| psi(angle) for rows x (N, K) and unit rows w (N, K): (N, 1)."""
        norm = x.square().sum(dim=1, keepdim=True).sqrt()
        c = (x * w).sum(dim=1, keepdim=True) / norm
        first = c.sign()
        if m == 2:
            psi = 2 * first * c**2 - 1
            along, across = 4 * first * c, 2 * first * c**2 + 1
        elif m == 3:
            sign = (c.abs() - 0.5).sign()
            shift = first * (1 + sign) - 2
            psi = sign * (4 * c**3 - 3 * c) + shift
            along, across = sign * (12 * c**2 - 3), 8 * sign * c**3 - shift
        else:
            sign = first * (2 * c**2 - 1).sign()
            shift = 2 * first + sign - 3
            psi = sign * (8 * c**4 - 8 * c**2 + 1) + shift
            along = sign * (32 * c**3 - 16 * c)
            across = sign * (24 * c**4 - 8 * c**2 - 1) - shift
        across = -across / norm
        size = (along**2 + across**2).sqrt()
        ctx.save_for_backward((along * w + across * x) / size)
        return norm * psi

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        """Give the gradient towards x only; that of w is a plain inner product's."""
        (slope,) = ctx.saved_tensors
        return gradient * slope, None, None


class CaffeMarginInnerProduct(nn.Module):
    """Inner products with unit rows of weight, with an angular margin for the label; and lambda.

    m: multiple of the angle. rates: base, gamma, power and least of lambda. iteration: forwards
    that have been before the first here; `state` counts those since, None for none. x is flattened
    from `axis` on.
    """

    state: Any = None

    def __init__(
        self,
        features: int,
        outputs: int,
        m: int,
        rates: tuple[float, float, float, float],
        iteration: int,
        axis: int,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(outputs, features))
        self.m, self.rates, self.iteration, self.axis = m, rates, iteration, axis

    def forward(self, x: torch.Tensor, label: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        base, gamma, power, least = self.rates
        self.state = (self.state or 0) + 1
        rate = 1 + gamma * (self.iteration + self.state)
        mix = max(base * rate**-power if rate > 0 else float("inf"), least)
        with torch.no_grad():
            self.weight.div_(self.weight.square().sum(dim=1, keepdim=True).sqrt())
        rows = x.reshape(-1, self.weight.shape[1])
        product = rows @ self.weight.T
        if self.m > 1:
            index = label.long().reshape(-1, 1)
            target = self.weight.detach()[index[:, 0]]
            margin = CaffeAngularMargin.apply(rows, target, self.m)
            plain = (rows * target).sum(dim=1, keepdim=True)
            # value and gradient towards x change for the label, the weights' gradient does not
            product = product.scatter_add(1, index, (margin - plain) / (1 + mix))
        return product.reshape(*x.shape[: self.axis], -1), rows.new_tensor([mix])
