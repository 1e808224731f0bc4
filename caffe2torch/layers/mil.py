"""MIL: one probability of an image from those of its places (multiple instance learning)."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class MIL(Layer):
    """MAX: the largest value of each channel. NOR: 1 - product of (1 - p), at least the largest.

    Shape:    p (N, C, H, W) -> (N, C, 1, 1)
    Params:   mil_param type [MAX]
    Weights:  none
    Differs:  where p is 1, NOR's gradient divides by 0 in the fork and is bounded there; here
              it is the product of the others
    Raises:   ShapeError for other than 4 axes
    Source:   Fang et al., From captions to visual concepts and back (2015); MSRCCS' caffe
              src/caffe/layers/mil_layer.cpp
    """

    type = "MIL"
    origin = "MSRCCS"
    roles = frozenset({Role.POOLING})
    param_field = "mil_param"
    examples = (
        Example("", bottoms=[(2, 3, 4, 5)], low=0.1, high=0.9),
        Example("mil_param { type: NOR }", bottoms=[(2, 3, 4, 5)], low=0.1, high=0.9),
    )

    def shapes(self, x: Site) -> list[Shape]:
        if len(x.bottoms[0]) != 4:
            raise ShapeError(f"takes maps (N, C, H, W), not {x.bottoms[0]}", field="bottom")
        return [(*x.bottoms[0][:2], 1, 1)]

    def code(self, x: Site) -> Code:
        return op(noisy_or if x.param.mil_param.type == x.param.mil_param.NOR else largest)

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return math.prod(x.bottoms[0])


def largest(p: torch.Tensor) -> torch.Tensor:
    """The largest value of each channel, (N, C, 1, 1)."""
    return p.flatten(2).max(2).values[:, :, None, None]


def noisy_or(p: torch.Tensor) -> torch.Tensor:
    """1 - product of (1 - p) over the places, (N, C, 1, 1)."""
    some = 1 - (1 - p.flatten(2)).prod(2)
    return torch.maximum(some, p.flatten(2).max(2).values)[:, :, None, None]
