"""PENLU: a rectifier with a learned power above 0 and a learned exponential below (PENLU)."""

from __future__ import annotations

from typing import Any

from caffe2torch.layers._filled import filled
from caffe2torch.layers.base import Blob, Example, Layer, Role, Shape, Site, constant
from caffe2torch.layers.code import Code
from caffe2torch.layers.lazy import nn, torch

KEYS = ("alpha", "beta", "eta")


class PENLU(Layer):
    """x^eta above 0, alpha · (exp(beta · x) - 1) below, one of each a channel or one for all.

    Shape:    x (N, C, ...) -> same
    Params:   alpha_filler, beta_filler, eta_filler, each by default constant 1;
              channel_shared [false]
    Weights:  alpha, beta, eta (C), or () when shared
    Differs:  nothing
    Raises:   ShapeError for fewer than 2 axes
    Source:   caffe_penlu penlu_layer.cpp
    """

    type = "PENLU"
    origin = "caffe_penlu"
    roles = frozenset({Role.ACTIVATION})
    rectifies = True
    param_field = "penlu_param"
    examples = (
        Example(bottoms=[(2, 3, 4, 5)]),
        Example(
            "penlu_param { channel_shared: true eta_filler { type: 'constant' value: 1.5 } }",
            bottoms=[(2, 3)],
        ),
    )

    def shapes(self, x: Site) -> list[Shape]:
        return [x.shape(0, 2)]

    def blobs(self, x: Site) -> dict[str, Blob]:
        param = x.param.penlu_param
        shape = () if param.channel_shared else (x.bottoms[0][1],)
        fillers = {key: f"{key}_filler" for key in KEYS}
        return {
            key: filled(
                shape,
                getattr(param, name) if param.HasField(name) else constant(1),
                f"penlu_param.{name}",
            )
            for key, name in fillers.items()
        }

    def code(self, x: Site) -> Code:
        channels = 0 if x.param.penlu_param.channel_shared else x.bottoms[0][1]
        return Code(f"CaffePENLU({channels})")


class CaffePENLU(nn.Module):
    """Powers above 0 and exponentials below; channels 0: one of each for all."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        shape = (channels,) if channels else ()
        self.alpha = nn.Parameter(torch.ones(shape))
        self.beta = nn.Parameter(torch.ones(shape))
        self.eta = nn.Parameter(torch.ones(shape))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        axes = [-1, *[1] * (x.dim() - 2)]
        alpha, beta, eta = (
            each.view(axes) if each.dim() else each for each in (self.alpha, self.beta, self.eta)
        )
        above: Any = torch.where(x > 0, x, 1.0) ** eta
        below = alpha * (torch.exp(beta * torch.where(x > 0, 0.0, x)) - 1)
        return torch.where(x > 0, above, below)
