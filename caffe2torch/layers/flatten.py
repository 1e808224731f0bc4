"""Flatten: consecutive axes joined to one."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError
from caffe2torch.layers._in_place import refuse_in_place
from caffe2torch.layers.base import DiffMemory, Example, Layer, Moments, Role, Shape, Site
from caffe2torch.layers.code import Code


class Flatten(Layer):
    """The same values with the axes from `axis` to `end_axis` joined.

    Shape:    x (N, C, H, W) -> (N, C·H·W) by default
    Params:   axis [1]; end_axis [-1], included
    Weights:  none
    Differs:  with end_axis just before axis, an axis of 1 is put in at axis, as Caffe does
    Raises:   ShapeError if an axis does not exist, the end lies before the start, or in place
    Source:   Caffe src/caffe/layers/flatten_layer.cpp
    """

    type = "Flatten"
    roles = frozenset({Role.RESHAPING})
    homogeneous = True
    param_field = "flatten_param"
    examples = (
        Example(bottoms=[(2, 3, 4, 5)]),
        Example("flatten_param { axis: 0 end_axis: -2 }", bottoms=[(2, 3, 4)]),
        Example("flatten_param { axis: 2 end_axis: 1 }", bottoms=[(2, 3, 4)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        refuse_in_place(x)
        start, end = _range(x)
        shape = x.bottoms[0]
        return [(*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :])]

    def shares_bottom(self, x: Site) -> bool:
        return True

    def diff_memory(self, x: Site) -> DiffMemory:
        return DiffMemory.MOVED

    def code(self, x: Site) -> Code:
        start, end = _range(x)
        if end < start:
            return Code(call=f"{{0}}.unsqueeze({start})")
        if end == len(x.bottoms[0]) - 1:
            return Code("nn.Flatten()" if start == 1 else f"nn.Flatten({start})")
        return Code(f"nn.Flatten({start}, {end})")

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments.join import Reshape

        return Reshape()


def _range(x: Site) -> tuple[int, int]:
    flatten = x.param.flatten_param
    start = x.axis(flatten.axis, "flatten_param.axis")
    end = x.axis(flatten.end_axis, "flatten_param.end_axis")
    if end < start - 1:
        raise ShapeError(
            f"end_axis {flatten.end_axis} lies before axis {flatten.axis}",
            field="flatten_param.end_axis",
            hint=f"use an end_axis of at least {start}",
        )
    return start, end
