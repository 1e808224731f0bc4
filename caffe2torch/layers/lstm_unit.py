"""LSTMUnit: one step of an LSTM's gates."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class LSTMUnit(Layer):
    """c' = cont · σ(f) · c + σ(i) · tanh(g), h' = σ(o) · tanh(c').

    Shape:    c (1, N, D), gates (1, N, 4·D) in the order i, f, o, g, cont (1, N) ->
              c' (1, N, D), h' (1, N, D)
    Params:   none
    Weights:  none
    Differs:  for 0 < cont < 1 Caffe's gradient of the forget gate is not the derivative; ours is
              Caffe's
    Raises:   ShapeError if the shapes do not fit
    Source:   Caffe src/caffe/layers/lstm_unit_layer.cpp
    """

    type = "LSTMUnit"
    bottoms, tops = 3, 2
    no_gradient = {2: "cannot pass a gradient to the sequence indicators (third bottom)"}
    examples = (
        Example("", bottoms=[(1, 2, 3), (1, 2, 12), (1, 2)], tops=2, integer=(2,), classes=2),
    )

    def force_backward(self, x: Site, bottom: int) -> bool:
        return bottom != 2

    def shapes(self, x: Site) -> list[Shape]:
        cell, gates, cont = x.bottoms
        n = cell[1] if len(cell) > 1 else 0
        d = cell[2] if len(cell) > 2 else 0
        for shape, wanted in ((cell, (1, n, d)), (gates, (1, n, 4 * d)), (cont, (1, n))):
            if shape != wanted:
                raise ShapeError(
                    f"got bottoms {cell}, {gates}, {cont}, where {shape} should be {wanted}",
                    field="bottom",
                    hint="give it (1, N, D), (1, N, 4·D) and (1, N)",
                )
        return [cell, cell]

    def unasked(self, x: Site) -> tuple[int, ...]:
        return (0, 1)

    def code(self, x: Site) -> Code:
        return op(lstm_unit)

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return 3 * math.prod(tops[0])


class CaffeLSTMUnit(torch.autograd.Function):
    """(c, gates, cont) -> (c', h'), with Caffe's gradient; cont has one column."""

    @staticmethod
    def forward(ctx: Any, c: torch.Tensor, gates: torch.Tensor, cont: torch.Tensor) -> Any:
        i, f, o, g = gates.chunk(4, -1)
        i, f, o, g = i.sigmoid(), f.sigmoid() * cont, o.sigmoid(), g.tanh()
        new = f * c + i * g
        squashed = new.tanh()
        ctx.save_for_backward(c, i, f, o, g, squashed)
        return new, o * squashed

    @staticmethod
    def backward(ctx: Any, c_grad: torch.Tensor, h_grad: torch.Tensor) -> Any:
        c, i, f, o, g, squashed = ctx.saved_tensors
        term = c_grad + h_grad * o * (1 - squashed.square())
        gates = [
            term * g * i * (1 - i),
            term * c * f * (1 - f),
            h_grad * squashed * o * (1 - o),
            term * i * (1 - g.square()),
        ]
        return term * f, torch.cat(gates, -1), None


def lstm_unit(c: torch.Tensor, gates: torch.Tensor, cont: torch.Tensor) -> Any:
    """One step for all streams: c (1, N, D), gates (1, N, 4·D), cont (1, N) -> c', h'."""
    return CaffeLSTMUnit.apply(c, gates, cont.unsqueeze(-1))
