"""Reverse: the order of an axis turned round."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers._in_place import refuse_in_place
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class Reverse(Layer):
    """y[i] = x[n - 1 - i] along one axis: time, for the way back of a bidirectional LSTM.

    Shape:    x (any) -> same
    Params:   axis [0]
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError for a negative axis, one that does not exist, or in place
    Source:   the fork of Caffe with CTC (2016), src/caffe/layers/reverse_layer.cpp
    """

    type = "Reverse"
    origin = "CTC"
    keeps_output = False
    roles = frozenset({Role.RESHAPING})
    homogeneous = True
    param_field = "reverse_param"
    examples = (
        Example("", bottoms=[(4, 2, 3)]),
        Example("reverse_param { axis: 2 }", bottoms=[(4, 2, 3)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        refuse_in_place(x)
        axis = x.param.reverse_param.axis
        if axis < 0:
            raise ShapeError(
                f"axis {axis} is negative",
                field="reverse_param.axis",
                hint=f"count from the front: {max(0, axis + len(x.bottoms[0]))}",
            )
        x.axis(axis, "reverse_param.axis")
        return [x.bottoms[0]]

    def code(self, x: Site) -> Code:
        return op(reverse, axis=x.param.reverse_param.axis)


def reverse(x: torch.Tensor, axis: int) -> torch.Tensor:
    """x with one axis turned round, same shape."""
    return x.flip(axis)
