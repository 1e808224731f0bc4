"""BoxData: images and the boxes of their objects on a grid (YOLO's ports)."""

from __future__ import annotations

from caffe2torch.layers._data import image, unread
from caffe2torch.layers.base import Layer, Role, Shape, Site


class BoxData(Layer):
    """Records of a database, cropped and mirrored together with their boxes.

    Shape:    nothing -> images (batch_size, C, H, W), and for each side labels
              (batch_size, 7 · side²), or (batch_size, 150) for version 2's loss
    Params:   source; batch_size; side, 7 if none is written; backend [LEVELDB]
    Weights:  none
    Differs:  its records are not read here: feed its tops
    Raises:   DataError, as nothing reads it
    Source:   caffe-yolo's box_data_layer.cpp
    """

    type = "BoxData"
    origin = "YOLO"
    bottoms, tops = 0, (1, None)
    source = True
    shapes_only = True
    roles = frozenset({Role.IMAGES})
    param_field = "data_param"

    def shapes(self, x: Site) -> list[Shape]:
        return unread(x, "the boxes of a fork's database")

    def assumed(self, x: Site) -> list[Shape]:
        param = x.param.data_param
        n, sides = param.batch_size or 1, list(param.side) or [7]
        shapes: list[Shape] = [(n, *image(x, param))]
        return shapes + [(n, 7 * side**2) for side in sides][: x.n_tops - 1]
