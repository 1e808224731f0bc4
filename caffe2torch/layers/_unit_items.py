"""Items of length 1, as several forks have them: one shape rule and one function."""

from __future__ import annotations

import math

from caffe2torch.layers._in_place import refuse_in_place
from caffe2torch.layers.base import Shape, Site
from caffe2torch.layers.lazy import torch


def legacy_shape(x: Site) -> Shape:
    """The bottom's shape with four axes, as the legacy accessors give it.

    Raises: ShapeError for more axes, or in place.
    """
    refuse_in_place(x)
    n, c, h, w = (*x.shape(0, 1, 4), 1, 1, 1)[:4]
    return n, c, h, w


def unit_items(x: torch.Tensor, floor: float) -> torch.Tensor:
    """Items of (N, ...), each divided by sqrt(sum of squares + floor): (N, C, H, W)."""
    items = x.reshape(*x.shape, *(1,) * (4 - x.dim()))
    return items / (items.square().sum((1, 2, 3), keepdim=True) + floor).sqrt()


def unit_cost(x: Site) -> int:
    """Multiply-adds: the squares."""
    return math.prod(x.bottoms[0])
