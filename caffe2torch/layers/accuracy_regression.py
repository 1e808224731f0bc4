"""AccuracyRegression: how far predictions are from their targets, on average."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError
from caffe2torch.layers._loss import scalar
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class AccuracyRegression(Layer):
    """Sum of |prediction - target| divided by 2 · N: the mean error of points (x, y).

    Shape:    predictions (N, any), targets of the same size -> ()
    Params:   none; accuracy_param top_k [1] is at most the size of an item and has no effect
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError if the bottoms do not fit; GraphError if a gradient must pass: the fork
              has none
    Source:   a fork of Caffe for body poses (2014), src/caffe/layers/accuracy_regression_layer.cpp
    """

    type = "AccuracyRegression"
    aliases = ("ACCURACY_REGRESSION",)
    origin = "single forks"
    bottoms = 2
    keeps_output = False
    roles = frozenset({Role.METRIC})
    no_gradient = dict.fromkeys((0, 1), "has no gradient: it is no loss")
    param_field = "accuracy_param"
    examples = (Example("", bottoms=[(4, 2), (4, 2)]),)

    def shapes(self, x: Site) -> list[Shape]:
        shapes = scalar(x)
        size = math.prod(x.bottoms[0][1:])
        if math.prod(x.bottoms[1][1:]) != size:
            raise ShapeError(
                f"items of bottoms {x.bottoms[0]} and {x.bottoms[1]} differ in size",
                field="bottom",
            )
        if x.param.accuracy_param.top_k > size:
            raise ShapeError(
                f"top_k is {x.param.accuracy_param.top_k}, and an item has {size} numbers",
                field="accuracy_param.top_k",
                hint="remove it: it has no effect",
            )
        return shapes

    def code(self, x: Site) -> Code:
        return op(accuracy_regression)


def accuracy_regression(predictions: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Half the mean absolute error of an item, a scalar."""
    apart = predictions.detach() - targets.detach().reshape(predictions.shape)
    return apart.abs().sum() / len(predictions) / 2
