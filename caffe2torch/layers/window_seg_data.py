"""WindowSegData: windows of images with maps of classes (DeconvNet)."""

from __future__ import annotations

from caffe2torch.layers._data import image, unread
from caffe2torch.layers.base import Layer, Role, Shape, Site


class WindowSegData(Layer):
    """Windows of images listed in a file, with the same windows of their label maps.

    Shape:    nothing -> windows (batch_size, 3, H, W), maps (batch_size, 1, H, W)
    Params:   image_data_param source, batch_size, new_height, new_width; transform_param
              crop_size
    Weights:  none
    Differs:  its records are not read here: feed its tops
    Raises:   DataError, as nothing reads it
    Source:   Noh et al., DeconvNet (2015); its caffe window_seg_data_layer.cpp
    """

    type = "WindowSegData"
    aliases = ("WINDOW_SEG_DATA",)
    origin = "DeconvNet"
    bottoms, tops = 0, (1, None)
    source = True
    shapes_only = True
    roles = frozenset({Role.IMAGES})
    param_field = "image_data_param"

    def shapes(self, x: Site) -> list[Shape]:
        return unread(x, "a fork's lists of windows")

    def assumed(self, x: Site) -> list[Shape]:
        n = x.param.image_data_param.batch_size or 1
        c, h, w = image(x, x.param.image_data_param)
        return [(n, c, h, w), *[(n, 1, h, w)] * (x.n_tops - 1)]
