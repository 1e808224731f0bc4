"""SequenceData: sequences of records (LRCN)."""

from __future__ import annotations

from caffe2torch.layers._data import image, unread
from caffe2torch.layers.base import Layer, Role, Shape, Site


class SequenceData(Layer):
    """Sequences of images out of databases.

    Shape:    nothing -> items (batch_size, C, H, W), labels (batch_size), flags where a
              sequence goes on (batch_size)
    Params:   data_param source, batch_size; transform_param
    Weights:  none
    Differs:  its records are not read here: feed its tops
    Raises:   DataError, as nothing reads it
    Source:   caffe forks for LRCN, sequence_data_layer.cpp
    """

    type = "SequenceData"
    origin = "LRCN"
    bottoms, tops = 0, (1, None)
    source = True
    shapes_only = True
    roles = frozenset({Role.IMAGES})
    param_field = "data_param"

    def shapes(self, x: Site) -> list[Shape]:
        return unread(x, "the records of a fork's database")

    def assumed(self, x: Site) -> list[Shape]:
        n = x.param.data_param.batch_size or 1
        shapes: list[Shape] = [(n, *image(x, x.param.data_param)), *[(n,)] * (x.n_tops - 1)]
        return shapes
