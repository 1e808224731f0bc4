"""Reshape: the same values in another shape."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError, UnsupportedError
from caffe2torch.layers._in_place import refuse_in_place
from caffe2torch.layers.base import DiffMemory, Example, Layer, Moments, Role, Shape, Site
from caffe2torch.layers.code import Code


class Reshape(Layer):
    """The same values, with `num_axes` axes from `axis` on replaced by those of `shape`.

    Shape:    x (any) -> shape, where 0 copies the bottom's dimension and -1 is what is left
    Params:   shape; axis [0], negative ones count from the end, -1 being after the last axis;
              num_axes [-1], where -1 means all that follow
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError if the number of values changes or an axis does not exist
    Source:   Caffe src/caffe/layers/reshape_layer.cpp
    """

    type = "Reshape"
    roles = frozenset({Role.RESHAPING})
    homogeneous = True
    param_field = "reshape_param"
    examples = (
        Example("reshape_param { shape { dim: 0 dim: -1 } }", bottoms=[(2, 3, 4, 5)]),
        Example("reshape_param { shape { dim: 4 dim: 3 } axis: 1 num_axes: 2 }",
                bottoms=[(2, 3, 4, 5)]),
        Example("reshape_param { shape { dim: 1 dim: 1 } axis: -1 }", bottoms=[(2, 3)]),
    )  # fmt: skip

    def shapes(self, x: Site) -> list[Shape]:
        refuse_in_place(x)
        if x.param.reshape_param.pixelshuffler != 1:
            raise UnsupportedError(
                "pixelshuffler (Intel's) is not supported",
                hint="remove reshape_param.pixelshuffler",
            )
        start, end = _replaced(x)
        bottom = x.bottoms[0]
        dims = _copied(x, start)
        shape = [*bottom[:start], *dims, *bottom[end:]]
        if -1 in dims:
            shape[start + dims.index(-1)] = _rest(x, shape)
        if math.prod(shape) != math.prod(bottom):
            raise _error(x, f"makes {math.prod(shape)} values of {math.prod(bottom)}")
        return [tuple(shape)]

    def shares_bottom(self, x: Site) -> bool:
        return True

    def diff_memory(self, x: Site) -> DiffMemory:
        return DiffMemory.LENT

    def code(self, x: Site) -> Code:
        start, end = _replaced(x)
        dims = list(x.param.reshape_param.shape.dim)
        parts = [f"{{0}}.shape[{i}]" for i in range(start)]
        parts += [f"{{0}}.shape[{start + i}]" if d == 0 else str(d) for i, d in enumerate(dims)]
        parts += [f"{{0}}.shape[{i}]" for i in range(end, len(x.bottoms[0]))]
        return Code(call=f"{{0}}.reshape({', '.join(parts) or '()'})")

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments import join

        return join.Reshape()


def _replaced(x: Site) -> tuple[int, int]:
    """The bottom's axes that `shape` replaces: first, and one after the last."""
    reshape, rank = x.param.reshape_param, len(x.bottoms[0])
    start = reshape.axis if reshape.axis >= 0 else rank + reshape.axis + 1
    if not 0 <= start <= rank:
        raise _error(x, f"axis {reshape.axis} does not exist", "axis")
    end = rank if reshape.num_axes == -1 else start + reshape.num_axes
    if reshape.num_axes < -1 or end > rank:
        raise _error(x, f"num_axes {reshape.num_axes} from axis {start} do not exist", "num_axes")
    return start, end


def _copied(x: Site, start: int) -> list[int]:
    """The dimensions of `shape`, with the bottom's own in the place of each 0."""
    dims = list(x.param.reshape_param.shape.dim)
    if dims.count(-1) > 1 or min(dims, default=0) < -1:
        raise _error(x, f"shape {dims} may hold one -1, and nothing below it")
    for i, dim in enumerate(dims):
        if dim == 0 and start + i >= len(x.bottoms[0]):
            raise _error(x, f"dim 0 at axis {start + i} copies an axis that does not exist")
        dims[i] = dim or x.bottoms[0][start + i]
    return dims


def _rest(x: Site, shape: list[int]) -> int:
    """What -1 stands for."""
    known, count = -math.prod(shape), math.prod(x.bottoms[0])
    if not known or count % known:
        raise _error(x, f"{count} values do not divide by the {known} of the other dimensions")
    return count // known


def _error(x: Site, message: str, field: str = "shape") -> ShapeError:
    return ShapeError(
        f"{message}; bottom {x.bottom_names[0]!r} has shape {x.bottoms[0]}",
        field=f"reshape_param.{field}",
        hint="change reshape_param so that the number of values stays",
    )
