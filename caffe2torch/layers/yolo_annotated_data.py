"""YoloAnnotatedData: images of changing sizes with their boxes (caffe_train)."""

from __future__ import annotations

from caffe2torch.layers._data import unread
from caffe2torch.layers.base import Layer, Role, Shape, Site


class YoloAnnotatedData(Layer):
    """Images with their objects, distorted and resized at random.

    Shape:    nothing -> images (batch_size, 3, H, W), objects (1, 1, G, 8)
    Params:   data_param source, batch_size; transform_param
    Weights:  none
    Differs:  its records are not read here: feed its tops
    Raises:   DataError, as nothing reads it
    Source:   caffe_train src/caffe/layers/yolo_annotated_data_layer.cpp
    """

    type = "YoloAnnotatedData"
    origin = "caffe_train"
    bottoms, tops = 0, (1, 2)
    source = True
    shapes_only = True
    roles = frozenset({Role.IMAGES})
    param_field = "annotated_data_param"
    data_field = "data_param"

    def shapes(self, x: Site) -> list[Shape]:
        return unread(x, "the records of a fork's database")

    def assumed(self, x: Site) -> list[Shape]:
        n = x.param.data_param.batch_size or 1
        tops: list[Shape] = [(n, 3, 416, 416), (1, 1, 1, 8)]
        return tops[: x.n_tops]
