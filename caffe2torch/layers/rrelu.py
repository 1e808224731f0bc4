"""RReLU: a rectifier whose leak is drawn at random in training (Bing Xu's)."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, number
from caffe2torch.layers.lazy import nn, torch


class RReLU(Layer):
    """max(x, 0) + min(x, 0) / a; a is uniform in [lb, ub] in TRAIN, its mean in TEST.

    The mean is the logarithmic one, (ub - lb) / (log |ub| - log |lb|).

    Shape:    x (N, C, ...) -> same
    Params:   lb [5]; ub [10]
    Weights:  none
    Differs:  the random numbers are torch's. In TEST, Caffe's gradient divides by slopes that
              were never drawn; here by the mean
    Raises:   ShapeError for fewer than 2 axes, lb of ub or more, or a bound of 0
    Source:   Xu et al., Empirical Evaluation of Rectified Activations (2015); ducha-aiki's
              caffe src/caffe/layers/rrelu_layer.cpp
    """

    type = "RReLU"
    origin = "ducha-aiki"
    roles = frozenset({Role.ACTIVATION})
    homogeneous = True
    rectifies = True
    param_field = "rrelu_param"
    keeps_signs = True
    examples = (
        Example("", bottoms=[(2, 3, 4)], phase="TEST"),
        Example("rrelu_param { lb: 2 ub: 3 }", bottoms=[(2, 3)], phase="TEST"),
    )

    def drawn_from(self, x: Site) -> tuple[float, float]:
        """Between which numbers the divisors lie."""
        param: Any = getattr(x.param, self.param_field)
        return param.lb, param.ub

    def shapes(self, x: Site) -> list[Shape]:
        low, high = self.drawn_from(x)
        if len(x.bottoms[0]) < 2:
            raise ShapeError(f"takes 2 axes or more, not {x.bottoms[0]}", field="bottom")
        if high <= low or 0 in (low, high):
            raise ShapeError(
                f"lb {low:g} and ub {high:g} are no range of divisors",
                field=f"{self.param_field}.lb",
                hint="lb must be below ub, and neither 0",
            )
        return [x.bottoms[0]]

    def code(self, x: Site) -> Code:
        low, high = self.drawn_from(x)
        mean = mean_divisor(low, high)
        drawn = f"train={x.train}" if x.own_phase else ""
        arguments = ", ".join(filter(None, [*map(number, (low, high, mean)), drawn]))
        return Code(f"CaffeRReLU({arguments})")


def mean_divisor(low: float, high: float) -> float:
    """What TEST divides by: the logarithmic mean of the bounds."""
    return (high - low) / (math.log(abs(high)) - math.log(abs(low)))


class CaffeRReLU(nn.Module):
    """max(x, 0) + min(x, 0) / a, with a drawn from [low, high] in training and else the mean."""

    def __init__(self, low: float, high: float, mean: float, train: bool | None = None) -> None:
        super().__init__()
        self.low, self.high, self.mean, self.train_always = low, high, mean, train

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        drawn = self.training if self.train_always is None else self.train_always
        a = torch.empty_like(x).uniform_(self.low, self.high) if drawn else self.mean
        return x.clamp(min=0) + x.clamp(max=0) / a
