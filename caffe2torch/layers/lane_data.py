"""LaneData: images with maps of lanes (YOLO)."""

from __future__ import annotations

from caffe2torch.layers._data import image, unread
from caffe2torch.layers.base import Layer, Role, Shape, Site


class LaneData(Layer):
    """Images with their objects and a map of classes.

    Shape:    nothing -> images (batch_size, 3, H, W), objects (1, 1, G, 8), maps (batch_size,
              1, H, W)
    Params:   data_param source, batch_size; transform_param
    Weights:  none
    Differs:  its records are not read here: feed its tops
    Raises:   DataError, as nothing reads it
    Source:   MobileNet-YOLO src/caffe/layers/lane_data_layer.cpp
    """

    type = "LaneData"
    origin = "YOLO"
    bottoms, tops = 0, (1, 3)
    source = True
    shapes_only = True
    roles = frozenset({Role.IMAGES})
    param_field = "data_param"

    def shapes(self, x: Site) -> list[Shape]:
        return unread(x, "the records of a fork's database")

    def assumed(self, x: Site) -> list[Shape]:
        n = x.param.data_param.batch_size or 1
        c, h, w = image(x, x.param.data_param)
        shapes: list[Shape] = [(n, c, h, w), (1, 1, 1, 8), (n, 1, h, w)]
        return shapes[: x.n_tops]
