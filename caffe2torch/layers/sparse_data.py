"""SparseData: rows of which most numbers are 0 (a fork's)."""

from __future__ import annotations

from caffe2torch.layers._data import unread
from caffe2torch.layers.base import Layer, Shape, Site

USUAL_SIZE = 1000


class SparseData(Layer):
    """Rows of a database that stores what is not 0, and their labels.

    Shape:    nothing -> rows (batch_size, size), labels (batch_size)
    Params:   source; batch_size; rand_skip [0]; backend [LEVELDB]
    Weights:  none
    Differs:  its records (SparseDatum) are not read here: feed its tops, as dense rows
    Raises:   DataError, as nothing reads it
    Source:   a fork of Caffe (2014), src/caffe/layers/sparse_data_layer.cpp
    """

    type = "SparseData"
    origin = "single forks"
    bottoms, tops = 0, (1, 2)
    source = True
    shapes_only = True
    param_field = "sparse_data_param"

    def shapes(self, x: Site) -> list[Shape]:
        return unread(x, "the rows of a fork's database")

    def assumed(self, x: Site) -> list[Shape]:
        n = x.param.sparse_data_param.batch_size or x.param.data_param.batch_size or 1
        shapes: list[Shape] = [(n, USUAL_SIZE), (n,)]
        return shapes[: x.n_tops]
