"""BernoulliSample: zeros and ones drawn by their probability."""

from __future__ import annotations

from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class BernoulliSample(Layer):
    """1 with probability x, else 0, in TRAIN and TEST.

    Shape:    x (any), from 0 to 1 -> same
    Params:   none
    Weights:  none
    Differs:  nothing but the random numbers
    Raises:   GraphError if a gradient must pass: the fork has none
    Source:   a fork of Caffe for Boltzmann machines, src/caffe/layers/bernoulli_sample_layer.cpp
    """

    type = "BernoulliSample"
    origin = "RBM"
    keeps_output = False
    backward = "cannot run backward: what it draws has no gradient"
    examples = (Example("", bottoms=[(3, 4)], low=0.0),)

    def shapes(self, x: Site) -> list[Shape]:
        return [x.bottoms[0]]

    def code(self, x: Site) -> Code:
        return op(bernoulli_sample)


def bernoulli_sample(x: torch.Tensor) -> torch.Tensor:
    """Zeros and ones, same shape; x holds the probability of a one."""
    return torch.bernoulli(x.detach())
