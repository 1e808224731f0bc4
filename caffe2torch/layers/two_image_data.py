"""TwoImageData: two images a step, such as a picture and its map (segaware)."""

from __future__ import annotations

from caffe2torch.layers._data import image, unread
from caffe2torch.layers.base import Layer, Role, Shape, Site


class TwoImageData(Layer):
    """Pairs of images listed in a file, cropped and mirrored together.

    Shape:    nothing -> images (batch_size, 3, H, W), second images (batch_size, 1 or 3, H, W)
    Params:   image_data_param source, batch_size; two_image_data_param first_is_color,
              second_is_color; transform_param
    Weights:  none
    Differs:  its records are not read here: feed its tops
    Raises:   DataError, as nothing reads it
    Source:   segaware caffe, two_image_data_layer.cpp
    """

    type = "TwoImageData"
    origin = "segaware"
    bottoms, tops = 0, (1, 3)
    source = True
    shapes_only = True
    roles = frozenset({Role.IMAGES})
    param_field = "two_image_data_param"
    data_field = "image_data_param"

    def shapes(self, x: Site) -> list[Shape]:
        return unread(x, "a fork's lists of pairs of images")

    def assumed(self, x: Site) -> list[Shape]:
        n = x.param.image_data_param.batch_size or 1
        c, h, w = image(x, x.param.image_data_param)
        second = 3 if x.param.two_image_data_param.second_is_color else 1
        shapes: list[Shape] = [(n, c, h, w), (n, second, h, w), (n, 1, h, w)]
        return shapes[: x.n_tops]
