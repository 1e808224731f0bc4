"""BatchReindex: items picked, repeated or reordered by index."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers._in_place import refuse_in_place
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class BatchReindex(Layer):
    """Item index[i] of x for each i.

    Shape:    x (N, ...), index (M) whole numbers from 0 to N - 1 -> (M, ...)
    Params:   none
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError if index has more than one axis, or in place; ValueError in forward for
              an index that is no item of x
    Source:   Caffe src/caffe/layers/batch_reindex_layer.cpp
    """

    type = "BatchReindex"
    bottoms = 2
    keeps_output = False
    roles = frozenset({Role.RESHAPING})
    homogeneous = True
    no_gradient = {1: "cannot run backward to its index"}
    examples = (Example(bottoms=[(3, 2, 2), (5,)], integer=(1,)),)

    def shapes(self, x: Site) -> list[Shape]:
        refuse_in_place(x)
        x.axis(0, "bottom")
        if len(x.bottoms[1]) != 1:
            raise ShapeError(
                f"index {x.bottom_names[1]!r} has shape {x.bottoms[1]}, and one axis is wanted",
                field="bottom",
                hint="put a Reshape or Flatten with axis 0 in front of it",
            )
        return [(*x.bottoms[1], *x.bottoms[0][1:])]

    def label_range(self, x: Site, bottom: int) -> int | None:
        return 1 if bottom == 1 else None  # there is always an item 0

    def rereads(self, x: Site) -> tuple[int, ...]:
        return (1,)

    def code(self, x: Site) -> Code:
        return op(batch_reindex)


def batch_reindex(x: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """Items of x (N, ...) at index (M). Raises ValueError on the CPU for one that is not there."""
    if index.device.type == "cpu" and len(index) and not torch.compiler.is_compiling():
        low, high = index.min().item(), index.max().item()
        if low < 0 or high >= len(x):
            raise ValueError(f"BatchReindex: index {low:g} to {high:g} in a batch of {len(x)}")
    return x.index_select(0, index.long())
