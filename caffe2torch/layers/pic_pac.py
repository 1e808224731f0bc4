"""PicPac: images streamed from a PicPac database (PicPac)."""

from __future__ import annotations

from caffe2torch.layers._data import unread
from caffe2torch.layers.base import Layer, Role, Shape, Site


class PicPac(Layer):
    """Images with labels, distorted and resized at random.

    Shape:    nothing -> images (batch, channels, resize_height, resize_width), labels (batch)
    Params:   picpac_param path, batch, channels, resize_width, resize_height
    Weights:  none
    Differs:  its records are not read here: feed its tops
    Raises:   DataError, as nothing reads it
    Source:   PicPac caffe, picpac_layer.cpp
    """

    type = "PicPac"
    origin = "PicPac"
    bottoms, tops = 0, (1, 2)
    source = True
    shapes_only = True
    roles = frozenset({Role.IMAGES})
    param_field = "picpac_param"

    def shapes(self, x: Site) -> list[Shape]:
        return unread(x, "a PicPac database")

    def assumed(self, x: Site) -> list[Shape]:
        param = x.param.picpac_param
        n, c = param.batch or 1, param.channels or 3
        shapes: list[Shape] = [(n, c, param.resize_height or 224, param.resize_width or 224), (n,)]
        return shapes[: x.n_tops]
