"""EuclideanDistance: the mean distance of points from where they belong (cbfinn)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class EuclideanDistance(Layer):
    """Mean over items and points of the length of their difference; a point has 3 channels.

    Shape:    x (N, C[, 1, 1]), y the same -> (1, 1, 1, 1)
    Params:   none
    Weights:  none
    Differs:  channels beyond whole points count nothing, as in the fork
    Raises:   ShapeError if the shapes differ or there are fewer than 3 channels
    Source:   cbfinn's caffe src/caffe/layers/euclidean_distance_layer.cpp
    """

    type = "EuclideanDistance"
    origin = "cbfinn"
    bottoms = 2
    roles = frozenset({Role.METRIC})
    backward = "is a metric, and the fork gives it no backward"
    examples = (Example("", bottoms=[(4, 6), (4, 6)]),)

    def shapes(self, x: Site) -> list[Shape]:
        first, second = x.shape(0, 2, 4), x.shape(1, 2, 4)
        if first != second or any(size != 1 for size in first[2:]) or first[1] < 3:
            raise ShapeError(
                f"takes two blobs (N, C) of one shape, C 3 or more, not {first} and {second}",
                field="bottom",
            )
        return [(1, 1, 1, 1)]

    def code(self, x: Site) -> Code:
        return op(mean_distance)


def mean_distance(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Mean length of the difference of points of three numbers, (1, 1, 1, 1)."""
    points = (x - y).flatten(1)
    points = points[:, : points.shape[1] // 3 * 3].reshape(-1, 3)
    return points.square().sum(dim=1).sqrt().mean().reshape(1, 1, 1, 1)
