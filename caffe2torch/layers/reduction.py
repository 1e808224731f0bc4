"""Reduction: the sum, mean, or sum of absolute values or squares, over the last axes."""

from __future__ import annotations

import math

from caffe2torch.errors import UnsupportedError
from caffe2torch.layers._in_place import refuse_in_place
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, literal, number

FORMS = {"SUM": "{0}.sum(%s)", "MEAN": "{0}.mean(%s)",
         "ASUM": "{0}.abs().sum(%s)", "SUMSQ": "{0}.square().sum(%s)"}  # fmt: skip


class Reduction(Layer):
    """coeff times the sum, mean, sum of |x|, or sum of x² over the axes from `axis` on.

    Shape:    x (any) -> its axes before `axis`, none by default
    Params:   operation [SUM], MEAN, ASUM or SUMSQ; axis [0]; coeff [1]
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError if the axis does not exist, or in place
    Source:   Caffe src/caffe/layers/reduction_layer.cpp
    """

    type = "Reduction"
    param_field = "reduction_param"
    keeps_output = False
    examples = (
        Example(bottoms=[(2, 3, 4)]),
        Example("reduction_param { operation: MEAN axis: 1 coeff: 2.5 }", bottoms=[(2, 3, 4)]),
        Example("reduction_param { operation: ASUM axis: -1 }", bottoms=[(2, 3)]),
        Example("reduction_param { operation: SUMSQ coeff: -1 }", bottoms=[(2, 3)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        refuse_in_place(x)
        return [x.bottoms[0][: x.axis(x.param.reduction_param.axis, "reduction_param.axis")]]

    def rereads(self, x: Site) -> tuple[int, ...]:
        reduction = x.param.reduction_param
        return (0,) if reduction.operation in (reduction.ASUM, reduction.SUMSQ) else ()

    def code(self, x: Site) -> Code:
        reduction, rank = x.param.reduction_param, len(x.bottoms[0])
        axis = x.axis(reduction.axis, "reduction_param.axis")
        operation = reduction.ReductionOp.Name(reduction.operation)
        if operation not in FORMS:
            raise UnsupportedError(
                f"operation {operation} (a fork's) is not supported", hint=f"use one of {[*FORMS]}"
            )
        axes = literal(tuple(range(axis, rank))) if axis else ""
        times = "" if reduction.coeff == 1 else f"{number(reduction.coeff)} * "
        return Code(call=times + FORMS[operation].replace("%s", axes))

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return math.prod(x.bottoms[0])
