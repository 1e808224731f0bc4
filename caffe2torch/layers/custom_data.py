"""CustomData: several images of one record of a database (flownet2)."""

from __future__ import annotations

from itertools import pairwise

from caffe2torch.layers._data import unread
from caffe2torch.layers.base import Layer, Shape, Site


class CustomData(Layer):
    """Records of a database, cut at slice_point into images of their own.

    Shape:    nothing -> one image a slice (batch_size, C, H, W), C the distance of the slice
              points[, labels]
    Params:   data_param source, batch_size, slice_point, encoding
    Weights:  none
    Differs:  its records are not read here: feed its tops
    Raises:   DataError, as nothing reads it
    Source:   FlowNet 2 src/caffe/layers/custom_data_layer.cpp
    """

    type = "CustomData"
    origin = "flownet2"
    bottoms, tops = 0, (1, None)
    source = True
    shapes_only = True
    param_field = "data_param"

    def shapes(self, x: Site) -> list[Shape]:
        return unread(x, "the records of a fork's database")

    def assumed(self, x: Site) -> list[Shape]:
        param, (h, w) = x.param.data_param, (448, 576)
        cuts = [0, *param.slice_point]
        widths = [b - a for a, b in pairwise(cuts)]
        widths += [2 if len(cuts) > 2 else 3] * x.n_tops
        return [(param.batch_size or 1, width, h, w) for width in widths[: x.n_tops]]
