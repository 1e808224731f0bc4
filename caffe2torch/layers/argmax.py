"""ArgMax: where the largest values are."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError
from caffe2torch.layers._in_place import refuse_in_place
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class ArgMax(Layer):
    """Indices of the top_k largest values of each item, or along one axis, largest first.

    Shape:    x (N, ...) -> (N, 1, top_k[, 1 ...]) or (N, 2, top_k[, 1 ...]) with the values
              too; with `axis`, x with top_k in the place of that axis
    Params:   top_k [1]; out_max_val [false]: the values too, or with axis instead of indices;
              axis, by default the whole item
    Weights:  none
    Differs:  of equal values the one with the larger index comes first, as in Caffe; with top_k 1
              only what follows the last NaN counts, as there. With top_k of 2 or more NaN comes
              first here; Caffe sorts by an order that NaN breaks, and C++ leaves that undefined
    Raises:   ShapeError if top_k is 0 or more than there are values, or the axis does not exist;
              GraphError if a gradient must pass: Caffe has none
    Source:   Caffe src/caffe/layers/argmax_layer.cpp
    """

    type = "ArgMax"
    roles = frozenset({Role.RESULT})
    param_field = "argmax_param"
    keeps_output = False
    backward = "has no gradient"
    examples = (
        Example(bottoms=[(2, 3, 4, 5)]),
        Example("argmax_param { top_k: 3 out_max_val: true }", bottoms=[(2, 5)]),
        Example("argmax_param { top_k: 2 axis: 1 }", bottoms=[(2, 3, 4)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        refuse_in_place(x)
        argmax, shape = x.param.argmax_param, list(x.bottoms[0])
        first = x.axis(0, "bottom")
        axis = x.axis(argmax.axis, "argmax_param.axis") if argmax.HasField("axis") else None
        size = math.prod(shape[1:]) if axis is None else shape[axis]
        if not 1 <= argmax.top_k <= size:
            raise ShapeError(
                f"top_k is {argmax.top_k}, and must be between 1 and the {size} values",
                field="argmax_param.top_k",
            )
        if axis is not None:
            return [(*shape[:axis], argmax.top_k, *shape[axis + 1 :])]
        rows = 2 if argmax.out_max_val else 1
        return [(shape[first], rows, argmax.top_k, *(1,) * (len(shape) - 3))]

    def code(self, x: Site) -> Code:
        argmax = x.param.argmax_param
        if argmax.HasField("axis"):
            axis = x.axis(argmax.axis, "argmax_param.axis")
            return op(argmax_axis, axis=axis, top_k=argmax.top_k, values=argmax.out_max_val)
        return op(argmax_item, top_k=argmax.top_k, values=argmax.out_max_val)


def argmax_axis(x: torch.Tensor, axis: int, top_k: int, values: bool) -> torch.Tensor:
    """Indices (or values) of the top_k largest along an axis; of equal ones the last is first."""
    x = behind_nan(x, axis) if top_k == 1 else x
    ordered, places = x.flip(axis).sort(dim=axis, descending=True, stable=True)
    if values:
        return ordered.narrow(axis, 0, top_k)
    return (x.shape[axis] - 1 - places.narrow(axis, 0, top_k)).to(x.dtype)


def behind_nan(x: torch.Tensor, axis: int) -> torch.Tensor:
    """x with −inf up to the last NaN along an axis, unless that is the last value.

    A search for the largest that takes what is not smaller takes NaN, and then anything.
    """
    place = torch.arange(x.shape[axis], device=x.device).view([-1] + [1] * (x.dim() - axis - 1))
    last = torch.where(x.isnan(), place, -1).amax(axis, keepdim=True)
    return x.masked_fill(place <= last.clamp(max=x.shape[axis] - 2), float("-inf"))


def argmax_item(x: torch.Tensor, top_k: int, values: bool) -> torch.Tensor:
    """Indices, with `values` then the values, of the top_k largest of each item."""
    items = x.reshape(len(x), -1)
    items = behind_nan(items, 1) if top_k == 1 else items
    ordered, places = items.flip(1).sort(dim=1, descending=True, stable=True)
    rows = [(items.shape[1] - 1 - places[:, :top_k]).to(x.dtype)]
    rows += [ordered[:, :top_k]] if values else []
    return torch.stack(rows, 1).reshape(len(x), len(rows), top_k, *(1,) * (x.ndim - 3))
