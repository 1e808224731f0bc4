"""ccpdData: images of number plates with their letters (caffe_train)."""

from __future__ import annotations

from caffe2torch.layers._data import image, unread
from caffe2torch.layers.base import Layer, Role, Shape, Site


class ccpdData(Layer):
    """Images with several labels each, distorted and resized at random.

    Shape:    nothing -> images (batch_size, 3, H, W), labels of several kinds
    Params:   data_param source, batch_size; transform_param
    Weights:  none
    Differs:  its records are not read here: feed its tops
    Raises:   DataError, as nothing reads it
    Source:   caffe_train src/caffe/layers/ccpd_data_layer.cpp
    """

    type = "ccpdData"
    origin = "caffe_train"
    bottoms, tops = 0, (1, 2)
    source = True
    shapes_only = True
    roles = frozenset({Role.IMAGES})
    param_field = "data_param"

    def shapes(self, x: Site) -> list[Shape]:
        return unread(x, "the records of a fork's database")

    def assumed(self, x: Site) -> list[Shape]:
        n = x.param.data_param.batch_size or 1
        shapes: list[Shape] = [(n, *image(x, x.param.data_param)), (n, 7)]
        return shapes[: x.n_tops]
