"""ELU: the exponential linear unit."""

from __future__ import annotations

from caffe2torch.layers._straight import CaffeGradient
from caffe2torch.layers.base import Example, Layer, Moments, Role, Site
from caffe2torch.layers.code import Code, Late, number
from caffe2torch.layers.lazy import F, torch


class ELU(Layer):
    """x if x > 0, else alpha · (exp(x) - 1).

    Shape:    x (any) -> same
    Params:   alpha [1]; lambda [1] multiplies the output (NVIDIA's)
    Weights:  none
    Differs:  only where numbers are not finite: at x = inf, and for a gradient of inf at x
              below -17, Caffe's gradient is NaN, as inf · 0 is, and torch's is what arrives.
              In place with a negative alpha, Caffe's gradient judges by the output which side
              x was on; so does ours
    Raises:   nothing
    Source:   Clevert et al., Fast and Accurate Deep Network Learning by Exponential Linear Units
              (2015); Caffe src/caffe/layers/elu_layer.cpp
    """

    type = "ELU"
    roles = frozenset({Role.ACTIVATION})
    rectifies = True
    param_field = "elu_param"
    examples = (
        Example(bottoms=[(2, 3, 4, 5)]),
        Example("elu_param { alpha: 0.6 lambda: 1.5 }", bottoms=[(2, 3)]),
    )

    def late(self, x: Site) -> Late:
        return Late(f"g * torch.where(b[0] > 0, 1.0, {number(x.param.elu_param.alpha)} + t)")

    def code(self, x: Site) -> Code:
        alpha, factor = x.param.elu_param.alpha, getattr(x.param.elu_param, "lambda")
        if factor != 1:
            return Code(f"nn.ELU({number(alpha)})", call=f"{number(factor)} * {{self}}({{0}})")
        if x.in_place and alpha < 0:
            call = f"elu_in_place({{0}}, {number(alpha)})"
            return Code(call=call)
        arguments = "" if alpha == 1 else number(alpha)
        return Code(f"nn.ELU({arguments})")

    def signal(self, x: Site) -> Moments:
        import numpy as np

        from caffe2torch.moments import pointwise

        alpha, factor = x.param.elu_param.alpha, getattr(x.param.elu_param, "lambda")
        return pointwise.function(
            lambda u: factor * np.where(u > 0, u, alpha * np.expm1(np.minimum(u, 0))),
            increasing=alpha >= 0,
        )


def elu_in_place(x: torch.Tensor, alpha: float) -> torch.Tensor:
    """ELU with the gradient that Caffe computes from the overwritten x."""
    y = F.elu(x.detach(), alpha)
    return CaffeGradient.apply(x, y, torch.where(y > 0, 1.0, alpha + y))
