"""RandVec: random numbers, evenly spread (the input of a generator)."""

from __future__ import annotations

from caffe2torch.layers._data import probed
from caffe2torch.layers.base import Example, Layer, Shape, Site


class RandVec(Layer):
    """New random numbers from lower to upper for every batch.

    Shape:    nothing -> (batch_size, dim, height, width), or (batch_size, dim) if one is 0
    Params:   batch_size [1]; dim [128]; height [1]; width [1]; lower [-1]; upper [1]
    Weights:  none
    Differs:  the numbers lie anywhere between the bounds, the fork's on steps of 0.0001
    Raises:   ShapeError if lower is not below upper
    Source:   the fork's randvec_layer.cpp (DCGAN on MNIST)
    """

    type = "RandVec"
    origin = "single forks"
    bottoms = 0
    source = True
    param_field = "randvec_param"
    examples = (
        Example("randvec_param { batch_size: 2 dim: 3 }"),
        Example("randvec_param { batch_size: 2 dim: 3 height: 0 lower: 0 }"),
    )

    def shapes(self, x: Site) -> list[Shape]:
        return probed(x)
