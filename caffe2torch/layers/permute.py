"""Permute: put the axes into another order."""

from __future__ import annotations

from typing import Any

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import DiffMemory, Example, Layer, Moments, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class Permute(Layer):
    """Axis order[i] of x becomes axis i; axes that are not named follow in their order.

    Shape:    x (N, C, H, W), order 0 2 3 1 -> (N, H, W, C)
    Params:   order, any number of different axes
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError for an axis that does not exist or comes twice
    Source:   Liu et al. 2016 (SSD); permute_layer.cpp of its Caffe fork
    """

    type = "Permute"
    origin = "ssd"
    roles = frozenset({Role.RESHAPING})
    homogeneous = True
    param_field = "permute_param"
    examples = (
        Example("permute_param { order: 0 order: 2 order: 3 order: 1 }", bottoms=[(2, 3, 4, 5)]),
        Example("permute_param { order: 1 }", bottoms=[(2, 3, 4)]),
    )

    def _order(self, x: Site) -> list[int]:
        rank = len(x.bottoms[0])
        order = list(x.param.permute_param.order)
        if len(set(order)) < len(order) or any(axis >= rank for axis in order):
            raise ShapeError(
                f"order {order} does not name different axes of {x.bottoms[0]}",
                field="permute_param.order",
                hint=f"use each of 0 to {rank - 1} at most once",
            )
        return order + [axis for axis in range(rank) if axis not in order]

    def shapes(self, x: Site) -> list[Shape]:
        return [tuple(x.bottoms[0][axis] for axis in self._order(x))]

    def shares_bottom(self, x: Site) -> bool:
        return self._order(x) == list(range(len(x.bottoms[0])))

    def diff_memory(self, x: Site) -> DiffMemory:
        return DiffMemory.MOVED if self.shares_bottom(x) else DiffMemory.TOPS

    def code(self, x: Site) -> Code:
        return op(permute, order=self._order(x))

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments.join import Reshape

        return Reshape()


def permute(x: torch.Tensor, order: Any) -> torch.Tensor:
    """Axis order[i] becomes axis i."""
    return x.permute(order)
