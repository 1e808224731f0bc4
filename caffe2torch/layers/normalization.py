"""Normalization: items of length 1 (CaffeMex_v2 and other forks)."""

from __future__ import annotations

import math

from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class Normalization(Layer):
    """x / sqrt(sum of x² over an item).

    Shape:    x (N, any) -> same
    Params:   none
    Weights:  none
    Differs:  nothing; an item of zeros is NaN, as there
    Raises:   nothing
    Source:   vllab discovery external/caffe/src/caffe/layers/normalization_layer.cpp
    """

    type = "Normalization"
    origin = "CaffeMex_v2"
    roles = frozenset({Role.NORMALIZER})
    examples = (Example("", bottoms=[(2, 3)]), Example("", bottoms=[(2, 3, 2, 2)]))

    def shapes(self, x: Site) -> list[Shape]:
        return [x.bottoms[0]]

    def code(self, x: Site) -> Code:
        return op(of_length_one)

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return 2 * math.prod(x.bottoms[0])


def of_length_one(x: torch.Tensor) -> torch.Tensor:
    """Items (N, any) divided by their length."""
    length = x.flatten(1).square().sum(1).sqrt()
    return x / length.reshape(-1, *[1] * (x.dim() - 1))
