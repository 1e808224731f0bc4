"""MTCNNData: pictures of faces with a box and points (MTCNN)."""

from __future__ import annotations

from caffe2torch.layers._data import unread
from caffe2torch.layers.base import Layer, Role, Shape, Site


class MTCNNData(Layer):
    """Small pictures with a class, a box and points each.

    Shape:    nothing -> images (batch_size, 3, H, W), labels (batch_size), boxes (batch_size,
              4)[, points (batch_size, 10)]
    Params:   data_param source, batch_size; transform_param
    Weights:  none
    Differs:  its records are not read here: feed its tops
    Raises:   DataError, as nothing reads it
    Source:   caffe-windows based MTCNN, mtcnn_data_layer.cpp
    """

    type = "MTCNNData"
    origin = "MTCNN"
    bottoms, tops = 0, (1, 4)
    source = True
    shapes_only = True
    roles = frozenset({Role.IMAGES})
    param_field = "data_param"

    def shapes(self, x: Site) -> list[Shape]:
        return unread(x, "the records of a fork's database")

    def assumed(self, x: Site) -> list[Shape]:
        param = x.param.data_param
        named = next((size for size in (48, 24, 12) if str(size) in param.source), 12)
        n, size = param.batch_size or 1, x.param.transform_param.crop_size or named
        shapes: list[Shape] = [(n, 3, size, size), (n,), (n, 4), (n, 10)]
        return shapes[: x.n_tops]
