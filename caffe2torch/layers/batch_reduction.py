"""BatchReduction: scores of several crops or times in one (yjxiong's TSN)."""

from __future__ import annotations

import math

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import ShapeError, UnsupportedError
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch

SUM, MEAN, TOPK = (pb.ReductionParameter.ReductionOp.Value(k) for k in ("SUM", "MEAN", "TOPK"))


class BatchReduction(Layer):
    """The sum, the mean, or the mean of the k largest (TOPK), along one axis that goes; or, with
    several levels, of stretches of level² places each, which stay as the axis.

    Shape:    x (A..., n, B...) -> (A..., B...) with the one level 1, else
              (A..., number of levels, B...) with n the sum of their squares
    Params:   level, 1 if none is written; reduction_param: operation [SUM], axis [0], k;
              pos [false] is not reproduced
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError for sizes that do not fit; UnsupportedError for ASUM and SUMSQ, which
              the fork has not, and for pos
    Source:   Wang et al., TSN (2016); yjxiong's caffe batch_reduction_layer.cpp
    """

    type = "BatchReduction"
    origin = "yjxiong"
    param_field = "batch_reduction_param"
    examples = (
        Example("batch_reduction_param { reduction_param { axis: 1 } }", bottoms=[(2, 3, 4)]),
        Example(
            "batch_reduction_param { level: [1, 2] reduction_param { operation: MEAN axis: 1 } }",
            bottoms=[(2, 5, 3)],
        ),
        Example(
            "batch_reduction_param { reduction_param { operation: TOPK axis: 1 k: 2 } }",
            bottoms=[(2, 4, 3)],
        ),
    )

    def shapes(self, x: Site) -> list[Shape]:
        param = x.param.batch_reduction_param
        reduction, shape = param.reduction_param, x.bottoms[0]
        axis = x.axis(reduction.axis, "batch_reduction_param.reduction_param.axis")
        lengths = lengths_of(x)
        if param.pos or reduction.operation not in (SUM, MEAN, TOPK):
            raise UnsupportedError("pos, ASUM and SUMSQ are not reproduced")
        if lengths and (sum(lengths) != shape[axis] or reduction.operation == TOPK):
            raise ShapeError(
                f"levels of {lengths} places do not fit axis {axis} of {shape[axis]}",
                field="batch_reduction_param.level",
                hint="TOPK takes the level 1 alone; else the squares of the levels add up to it",
            )
        if reduction.operation == TOPK and not 1 <= reduction.k <= shape[axis]:
            raise ShapeError(
                f"k is {reduction.k}, and there are {shape[axis]}",
                field="batch_reduction_param.reduction_param.k",
            )
        kept = (len(lengths),) if lengths else ()
        return [(*shape[:axis], *kept, *shape[axis + 1 :])]

    def code(self, x: Site) -> Code:
        reduction = x.param.batch_reduction_param.reduction_param
        axis = x.axis(reduction.axis, "batch_reduction_param.reduction_param.axis")
        if reduction.operation == TOPK:
            return Code(call=f"{{0}}.topk({reduction.k}, {axis})[0].mean({axis})")
        lengths, name = lengths_of(x), "mean" if reduction.operation == MEAN else "sum"
        if not lengths:
            return Code(call=f"{{0}}.{name}({axis})")
        return op(reduce_stretches, lengths=lengths, axis=axis, mean=name == "mean")

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return math.prod(x.bottoms[0])


def lengths_of(x: Site) -> list[int]:
    """Places of each level; [] for the whole axis."""
    levels = list(x.param.batch_reduction_param.level) or [1]
    return [] if levels == [1] else [level**2 for level in levels]


def reduce_stretches(x: torch.Tensor, lengths: list[int], axis: int, mean: bool) -> torch.Tensor:
    """The sum or mean of each stretch along one axis."""
    parts = [part.mean(axis) if mean else part.sum(axis) for part in x.split(list(lengths), axis)]
    return torch.stack(parts, axis)
