"""Norm2Layer: rows of length 1, of which nothing learns (tripletloss)."""

from __future__ import annotations

import math

from caffe2torch.layers.base import Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch
from caffe2torch.layers.python_known.base import KnownLayer


class Norm2Layer(KnownLayer):
    """x / |x| for each item; a row of zeros stays.

    Shape:    x (N, C, any) -> (N, C * any)
    Params:   none
    Weights:  none
    Differs:  its backward leaves the diff of its bottom as it was, which is 0 here
    Raises:   nothing
    Source:   tripletloss, tripletloss/norm2layer.py
    """

    origin = "tripletloss"
    names = (("norm2layer", "Norm2Layer"),)
    roles = frozenset({Role.NORMALIZER})

    def shapes(self, x: Site) -> list[Shape]:
        return [(x.bottoms[0][0], math.prod(x.bottoms[0][1:]))]

    def code(self, x: Site) -> Code:
        return op(unit_rows)


def unit_rows(x: torch.Tensor) -> torch.Tensor:
    """Rows of length 1, (N, any) -> (N, C), without a gradient."""
    rows = x.detach().flatten(1)
    size = rows.square().sum(1, keepdim=True).sqrt()
    return rows / torch.where(size == 0, torch.ones_like(size), size)
