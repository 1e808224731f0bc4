"""ImageFloatData: images with rows of numbers (Face-alignment)."""

from __future__ import annotations

from caffe2torch.layers._data import image, unread
from caffe2torch.layers.base import Layer, Role, Shape, Site


class ImageFloatData(Layer):
    """Images listed in a file, each with numbers such as places of landmarks.

    Shape:    nothing -> images (batch_size, 3, H, W), numbers (batch_size, label_dim)
    Params:   image_data_param source, batch_size, new_height, new_width; image_float_data_param
              label_dim
    Weights:  none
    Differs:  its records are not read here: feed its tops
    Raises:   DataError, as nothing reads it
    Source:   Face-alignment-mobilenet-v2, image_float_data_layer.cpp
    """

    type = "ImageFloatData"
    origin = "Face-alignment"
    bottoms, tops = 0, (1, 2)
    source = True
    shapes_only = True
    roles = frozenset({Role.IMAGES})
    param_field = "image_float_data_param"
    data_field = "image_data_param"

    def shapes(self, x: Site) -> list[Shape]:
        return unread(x, "a fork's lists of images")

    def assumed(self, x: Site) -> list[Shape]:
        param = x.param.image_data_param
        shapes: list[Shape] = [
            (param.batch_size, *image(x, param)),
            (param.batch_size, x.param.image_float_data_param.label_dim or 1),
        ]
        return shapes[: x.n_tops]
