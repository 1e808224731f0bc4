"""BinData: rows of a binary file (icme)."""

from __future__ import annotations

from caffe2torch.layers._data import unread
from caffe2torch.layers.base import Layer, Shape, Site


class BinData(Layer):
    """Rows of numbers of a binary file, and their labels.

    Shape:    nothing -> rows (batch_size, C), labels (batch_size). C stands in the file; the
              rule says 4096
    Params:   bin_data_param source, batch_size
    Weights:  none
    Differs:  its records are not read here: feed its tops
    Raises:   DataError, as nothing reads it
    Source:   liutinglt icme caffe-master/src/caffe/layers/bin_data_layer.cpp
    """

    type = "BinData"
    origin = "icme"
    bottoms, tops = 0, (1, 2)
    source = True
    shapes_only = True
    param_field = "bin_data_param"

    def shapes(self, x: Site) -> list[Shape]:
        return unread(x, "a fork's binary file")

    def assumed(self, x: Site) -> list[Shape]:
        n = x.param.bin_data_param.batch_size or 1
        tops: list[Shape] = [(n, 4096), (n,)]
        return tops[: x.n_tops]
