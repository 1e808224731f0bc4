"""Transpose: put the axes into another order, as CRNN's fork spells it."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Moments, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.permute import permute


class Transpose(Layer):
    """Axis dim[i] of x becomes axis i.

    Shape:    x (N, C, T), dim 2 0 1 -> (T, N, C)
    Params:   dim, each axis once
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError unless dim names each axis once, or in place
    Source:   Shi, Bai and Yao 2017 (CRNN); transpose_layer.cpp of its Caffe ports
    """

    type = "Transpose"
    origin = "CRNN"
    roles = frozenset({Role.RESHAPING})
    homogeneous = True
    param_field = "transpose_param"
    examples = (Example("transpose_param { dim: 2 dim: 0 dim: 1 }", bottoms=[(2, 3, 4)]),)

    def shapes(self, x: Site) -> list[Shape]:
        dims, shape = list(x.param.transpose_param.dim), x.bottoms[0]
        if sorted(dims) != list(range(len(shape))) or not shape or x.in_place:
            raise ShapeError(
                f"dim {dims} does not name each axis of {shape} once, for a top of its own",
                field="transpose_param.dim",
                hint=f"write each of 0 to {len(shape) - 1} once",
            )
        return [tuple(shape[axis] for axis in dims)]

    def code(self, x: Site) -> Code:
        return op(permute, order=list(x.param.transpose_param.dim))

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments.join import Reshape

        return Reshape()
