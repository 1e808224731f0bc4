"""Scatter: each process takes its share of a batch (yjxiong's MPI); of one process, all."""

from __future__ import annotations

from caffe2torch.layers.gather import Gather


class Scatter(Gather):
    """The bottoms under new names, as in the fork's runs of one process.

    Shape:    x (any), as often as wanted -> the same each
    Params:   none
    Weights:  none
    Differs:  several processes do not share out a batch: each reads its own records
    Raises:   nothing
    Source:   Wang et al., TSN (2016); yjxiong's caffe scatter_layer.cpp
    """

    type = "Scatter"
