"""Flip: images mirrored."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers._in_place import refuse_in_place
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class Flip(Layer):
    """The columns of every image from right to left, its rows from bottom to top.

    Shape:    x (N, C, H, W) -> same
    Params:   flip_width [true]; flip_height [false]
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError if x is not 4-D, or in place
    Source:   Wang et al., NormFace (2017); its caffe flip_layer.cpp
    """

    type = "Flip"
    origin = "NormFace"
    keeps_output = False
    roles = frozenset({Role.RESHAPING})
    homogeneous = True
    param_field = "flip_param"
    examples = (
        Example("", bottoms=[(2, 3, 4, 5)]),
        Example("flip_param { flip_width: false flip_height: true }", bottoms=[(2, 3, 4, 5)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        refuse_in_place(x)
        if len(x.bottoms[0]) != 4:
            raise ShapeError(f"takes (N, C, H, W), not {x.bottoms[0]}", field="bottom")
        return [x.bottoms[0]]

    def code(self, x: Site) -> Code:
        param = x.param.flip_param
        wanted = ((2, param.flip_height), (3, param.flip_width))
        return op(flip, axes=tuple(axis for axis, turned in wanted if turned))


def flip(x: torch.Tensor, axes: tuple[int, ...]) -> torch.Tensor:
    """x with these axes turned round, same shape."""
    return x.flip(axes)
