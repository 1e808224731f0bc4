"""Spfilter: maps times one map of weights (crn)."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class Spfilter(Layer):
    """Every channel of each bottom but the last, times the last.

    Shape:    x (N, C, H, W), ..., weights (N, ...) of H · W numbers an item -> a top for each but
              the last, as it
    Params:   none
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError if the weights do not fit, or there is not a top for each bottom but one
    Source:   Kim et al., Learned Contextual Feature Reweighting (2017); crn
              caffe/src/caffe/layers/spfilter_layer.cpp
    """

    type = "Spfilter"
    origin = "crn"
    bottoms, tops = (2, None), (1, None)
    examples = (
        Example("", bottoms=[(2, 3, 4, 5), (2, 1, 4, 5)]),
        Example("", bottoms=[(2, 3, 4, 5), (2, 2, 4, 5), (2, 20)], tops=2),
    )

    def shapes(self, x: Site) -> list[Shape]:
        weights = x.bottoms[-1]
        if x.n_tops != len(x.bottoms) - 1:
            raise ShapeError(
                f"has {x.n_tops} tops for {len(x.bottoms) - 1} maps and one of weights",
                field="top",
            )
        for i in range(x.n_tops):
            n, _, h, w = x.shape(i, 4, 4)
            if (weights[:1], math.prod(weights[1:])) != ((n,), h * w):
                raise ShapeError(f"{weights} are no weights of {x.bottoms[i]}", field="bottom")
        return x.bottoms[:-1]

    def code(self, x: Site) -> Code:
        calls = [f"{{self}}({{{i}}}, {{{x.n_tops}}})" for i in range(x.n_tops)]
        call = calls[0] if len(calls) == 1 else f"({', '.join(calls)})"
        return Code(op(weigh_places).init, call)


def weigh_places(x: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """x (N, C, H, W) times one number a place."""
    return x * weights.reshape(len(x), 1, *x.shape[2:])
