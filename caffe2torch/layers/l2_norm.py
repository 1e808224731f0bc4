"""L2Norm: items of unit length (Person-Re-ID and others)."""

from __future__ import annotations

from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class L2Norm(Layer):
    """x / sqrt(sum of x²), the sum over an item.

    Shape:    x (N, any) -> same
    Params:   none
    Weights:  none
    Differs:  Person-Re-ID gives its top the shape (N, C, 1, 1), whatever the bottom's
    Raises:   ShapeError for fewer than 2 axes
    Source:   Zhou et al. (2017); Person-Re-ID src/caffe/layers/l2norm_layer.cpp, and caffe-sl
    """

    type = "L2Norm"
    origin = "Person-Re-ID"
    roles = frozenset({Role.NORMALIZER})
    examples = (Example("", bottoms=[(2, 3, 1, 1)]), Example("", bottoms=[(3, 4)]))

    def shapes(self, x: Site) -> list[Shape]:
        return [x.shape(0, 2)]

    def code(self, x: Site) -> Code:
        return op(unit_length_items)


def unit_length_items(x: torch.Tensor) -> torch.Tensor:
    """Items (N, any) divided by their length."""
    rows = x.flatten(1)
    return (rows / rows.square().sum(dim=1, keepdim=True).sqrt()).reshape(x.shape)
