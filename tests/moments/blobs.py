"""States of blobs and places of layers, for the tests of moments."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from caffe2torch import caffe_pb2 as pb
from caffe2torch.fillers.base import Spread
from caffe2torch.moments.activation import Activation
from caffe2torch.moments.base import Place
from caffe2torch.moments.lags import N
from caffe2torch.moments.state import Grad, State

Shape = tuple[int, ...]


def independent(
    shape: Shape, var: float = 1.0, mean: float = 0.0, act: Activation | None = None
) -> State:
    """A blob all of whose units are independent normal numbers."""
    k = np.zeros((2, N))
    k[0, 0] = var
    return State(shape, mean, k, act=act)


def equal(shape: Shape, var: float = 1.0, mean: float = 0.0) -> State:
    """A blob whose places and samples all hold the same normal number, a channel."""
    return State(shape, mean, np.full((2, N), var))


def gradient(square: float = 1.0) -> Grad:
    """Independent gradients of this second moment."""
    k = np.zeros((2, N))
    k[0, 0] = square
    return Grad(k)


def place(
    bottoms: Sequence[Shape],
    tops: Sequence[Shape],
    loss_weights: Sequence[float] = (1.0,),
    train: bool = True,
    param: pb.LayerParameter | None = None,
    **spreads: Spread,
) -> Place:
    """A layer between blobs of these shapes, with these parameter blobs."""
    return Place(param or pb.LayerParameter(), bottoms, tops, loss_weights, spreads, train)


def units(shape: Shape) -> Place:
    """A layer whose top has its bottom's shape."""
    return place([shape], [shape])
