"""AdaCosAddmScale: an additive angular margin and a scale that follows the angles (arcface)."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, number
from caffe2torch.layers.cosin_addm import CaffeAddedMargin as CaffeAddedMargin
from caffe2torch.layers.cosin_addm import angle, one_label_an_item, refuse_infinite
from caffe2torch.layers.lazy import nn, torch


class AdaCosAddmScale(Layer):
    """CosinAddm times s; s is log(sum of exp(s' · x) over wrong classes / N) / cos(mean angle).

    s' is the s of the forward before, at first sqrt(2) · log(num_classes - 1); the mean angle is
    pi / 4 at most. The label counts as exp(0) in the sum.

    Shape:    x (N, any) of cosines, label (N) -> as x
    Params:   m [0.5]; num_classes; transform_test [false], which the fork reads and never uses
    Weights:  none
    Differs:  s is not stored in a snapshot, as in the fork
    Raises:   ShapeError if there is not one label an item, or num_classes is below 3
    Source:   Zhang et al., AdaCos (2019); arcface-caffe AdaCos/adacos_add_m_scale_layer.cpp
    """

    type = "AdaCosAddmScale"
    origin = "arcface-caffe"
    bottoms = 2
    no_gradient = {1: "holds labels"}
    side_effects = True
    param_field = "adacos_add_m_scale_param"
    examples = (
        Example(
            "adacos_add_m_scale_param { num_classes: 3 }",
            bottoms=[(4, 3), (4,)],
            low=-0.9,
            high=0.9,
            integer=(1,),
        ),
    )

    def shapes(self, x: Site) -> list[Shape]:
        classes = x.param.adacos_add_m_scale_param.num_classes
        if classes < 3:
            raise ShapeError(
                f"is {classes}, and needs to be 3 or more",
                field="adacos_add_m_scale_param.num_classes",
            )
        refuse_infinite(x.param.adacos_add_m_scale_param.m, "adacos_add_m_scale_param.m")
        return one_label_an_item(x)

    def code(self, x: Site) -> Code:
        param = x.param.adacos_add_m_scale_param
        first = math.sqrt(2) * math.log(param.num_classes - 1)
        return Code(f"CaffeAdaCos({number(first)}, {angle(param.m)})")


class CaffeAdaCos(nn.Module):
    """Cosines (N, any) with a margin for the label, times a scale that each forward renews."""

    state: Any = None

    def __init__(self, first: float, margin: tuple[float, float, float]) -> None:
        super().__init__()
        self.first, self.margin = first, margin

    def forward(self, x: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
        margin = CaffeAddedMargin.apply(x, label, self.margin)
        with torch.no_grad():
            index = label.long().reshape(-1, 1).clamp(min=0)
            there = (label.reshape(-1, 1) >= 0).to(x.dtype)
            rows = x.flatten(1)
            wrong = rows.scatter(1, index, rows.gather(1, index) * (1 - there))
            angle = rows.acos().mean().clamp(max=torch.pi / 4)
            scale = self.first if self.state is None else self.state
            self.state = ((wrong * scale).exp().sum() / len(rows)).log() / angle.cos()
        return margin * self.state
