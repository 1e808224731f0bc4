"""RNN: the plain recurrent layer, with an output layer of its own."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch.layers._recurrent import CaffeLateTanh, Recurrent, late_linear
from caffe2torch.layers.base import Example, Shape, Site
from caffe2torch.layers.lazy import F, nn, torch


class RNN(Recurrent):
    """h = tanh(W_hh·(cont·h) + W_xh·x + b_h), o = tanh(W_ho·h + b_o), step by step.

    cont (T, N) is 0 at the first step of a sequence and 1 inside it: it multiplies the state that
    comes from the step before.

    Shape:    x (T, N, I...), cont (T, N), [static (N, S...)] -> (T, N, num_output);
              with expose_hidden also h (1, N, num_output) as last bottom and top
    Params:   num_output [0]; weight_filler; bias_filler; expose_hidden [false]
    Weights:  W_xh (D, I); b_h (D); [W_xh_static (D, S)]; W_hh (D, D); W_ho (D, D); b_o (D),
              D = num_output
    Differs:  torch's nn.RNN has no output layer and no cont. No gradient goes to the first state
              or comes from the last one, nor across batches. Where a later layer overwrites x in
              place, or the top of a single step, gradients are those of what stands there then, as
              in Caffe; but not where one overwrites cont or an exposed state
    Raises:   ShapeError if the shapes do not fit
    Source:   Caffe src/caffe/layers/rnn_layer.cpp
    """

    type = "RNN"
    examples = (
        Example(
            "recurrent_param { num_output: 4 }",
            bottoms=[(3, 2, 5), (3, 2)],
            integer=(1,),
            classes=1,
        ),
        Example(
            "recurrent_param { num_output: 4 expose_hidden: true }",
            bottoms=[(3, 2, 5), (3, 2), (2, 6), (1, 2, 4)],
            tops=2,
            integer=(1,),
            classes=2,
        ),
    )

    def weights(self, x: Site) -> dict[str, Shape]:
        d, static = x.param.recurrent_param.num_output, self.static_size(x)
        shapes = {"W_xh": (d, math.prod(x.bottoms[0][2:])), "b_h": (d,)}
        if static:
            shapes["W_xh_static"] = (d, static)
        return {**shapes, "W_hh": (d, d), "W_ho": (d, d), "b_o": (d,)}


class CaffeRNN(nn.Module):
    """RNN over (T, N, I) with sequence indicators (T, N); the state is kept between calls."""

    def __init__(
        self, input_size: int, num_output: int, static_size: int = 0, expose_hidden: bool = False
    ) -> None:
        super().__init__()
        self.W_xh = nn.Parameter(torch.empty(num_output, input_size))
        self.b_h = nn.Parameter(torch.empty(num_output))
        if static_size:
            self.W_xh_static = nn.Parameter(torch.empty(num_output, static_size))
        self.W_hh = nn.Parameter(torch.empty(num_output, num_output))
        self.W_ho = nn.Parameter(torch.empty(num_output, num_output))
        self.b_o = nn.Parameter(torch.empty(num_output))
        self.static_size, self.expose_hidden = static_size, expose_hidden
        self.state: Any = None

    def forward(
        self, x: torch.Tensor, cont: torch.Tensor, *more: torch.Tensor, later: Any = None
    ) -> Any:
        later = later or [None] * (3 + len(more))
        inputs = late_linear(x.flatten(2), self.W_xh, self.b_h, later[0])
        if self.static_size:
            inputs = inputs + late_linear(more[0].flatten(1), self.W_xh_static, None, later[2])
        h = self.first(inputs, more)
        hidden = []
        for given, on in zip(inputs, cont.detach().unsqueeze(-1), strict=True):
            h = torch.tanh(F.linear(h * on, self.W_hh) + given)
            hidden.append(h)
        self.state = h.detach()
        y = F.linear(torch.stack(hidden), self.W_ho, self.b_o)
        top = later[2 + len(more)]
        y = torch.tanh(y) if top is None else CaffeLateTanh.apply(y, top)
        return (y, self.state.unsqueeze(0)) if self.expose_hidden else y

    def first(self, inputs: torch.Tensor, more: Any) -> torch.Tensor:
        """The state before the first step: given, or left by the call before, or zero."""
        if self.expose_hidden:
            return more[-1][0].detach()
        if self.state is not None and self.state.shape[0] == inputs.shape[1]:
            return self.state.to(inputs)
        return torch.zeros_like(inputs[0])


RNN.module = CaffeRNN
