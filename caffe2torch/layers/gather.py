"""Gather: batches of all processes in one (yjxiong's MPI); of one process, the bottoms."""

from __future__ import annotations

from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code


class Gather(Layer):
    """The bottoms under new names, as in the fork's runs of one process.

    Shape:    x (any), as often as wanted -> the same each
    Params:   none
    Weights:  none
    Differs:  several processes do not exchange their batches: the gradients are averaged instead
    Raises:   nothing
    Source:   Wang et al., TSN (2016); yjxiong's caffe gather_layer.cpp
    """

    type = "Gather"
    origin = "yjxiong"
    bottoms, tops = (1, None), (1, None)
    equal = True
    roles = frozenset({Role.RESHAPING})
    homogeneous = True
    examples = (Example("", bottoms=[(2, 3), (2,)], tops=2),)

    def shapes(self, x: Site) -> list[Shape]:
        return list(x.bottoms)

    def top_needs(self, needs: list[bool], x: Site, learns: bool) -> list[bool]:
        return needs

    def code(self, x: Site) -> Code:
        return Code(call=", ".join(f"{{{i}}}" for i in range(x.n_tops)))
