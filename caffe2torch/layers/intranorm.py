"""Intranorm: unit length for each part of a vector (crn)."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class Intranorm(Layer):
    """Each of cluster_num parts of an item, divided by its length.

    Shape:    x (N, any) -> same
    Params:   cluster_num [1], which must divide the values of an item
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError if cluster_num does not divide the values of an item
    Source:   Kim et al., Learned Contextual Feature Reweighting (2017); crn
              caffe/src/caffe/layers/intranorm_layer.cpp
    """

    type = "Intranorm"
    origin = "crn"
    roles = frozenset({Role.NORMALIZER})
    param_field = "intranorm_param"
    examples = (Example("intranorm_param { cluster_num: 3 }", bottoms=[(2, 12)]),)

    def shapes(self, x: Site) -> list[Shape]:
        count, parts = math.prod(x.shape(0, 1)[1:]), x.param.intranorm_param.cluster_num
        if parts < 1 or count % parts:
            raise ShapeError(
                f"{count} values do not divide into {parts} parts",
                field="intranorm_param.cluster_num",
            )
        return [x.bottoms[0]]

    def code(self, x: Site) -> Code:
        return op(normalize_parts, parts=x.param.intranorm_param.cluster_num)


def normalize_parts(x: torch.Tensor, parts: int) -> torch.Tensor:
    """Unit length for each of `parts` parts of each item (N, any)."""
    rows = x.reshape(len(x), parts, -1)
    return (rows / (rows.square().sum(dim=2, keepdim=True) + 1e-12).sqrt()).reshape(x.shape)
