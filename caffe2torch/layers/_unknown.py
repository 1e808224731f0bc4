"""Stands for a layer whose function is not known, so that the layers around it can be shown."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class Unknown(Layer):
    """A layer of unknown type, or one that reads what such a layer makes: no shape is known."""

    bottoms, tops = (0, None), (0, None)
    shapes_only = True
    stands_in = True

    def shapes(self, x: Site) -> list[Shape]:
        return [()] * x.n_tops

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its type is unknown, or it reads what a layer of unknown type makes")
