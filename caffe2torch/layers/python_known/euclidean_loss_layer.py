"""EuclideanLossLayer: half the mean squared distance (pycaffe's own example)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch
from caffe2torch.layers.python_known.base import KnownLayer


class EuclideanLossLayer(KnownLayer):
    """Sum of squared differences over twice the number of items.

    Shape:    x (N, any), target of the same size -> (1)
    Params:   none
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError if the bottoms hold different numbers of values
    Source:   Caffe examples/pycaffe/layers/pyloss.py
    """

    names = (("pyloss", "EuclideanLossLayer"),)
    bottoms = 2
    paired = True

    def shapes(self, x: Site) -> list[Shape]:
        first, second = x.bottoms
        if first != second:
            raise ShapeError(
                f"got bottoms {first} and {second}; both must have the same dimension",
                field="bottom",
            )
        return [(1,)]

    def code(self, x: Site) -> Code:
        return op(python_euclidean_loss)


def python_euclidean_loss(x: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Sum of (x − target)² / 2N, as one value (1)."""
    return ((x - target).square().sum() / len(x) / 2).reshape(1)
