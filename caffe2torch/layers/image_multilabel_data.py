"""ImageMultilabelData: images with a map of class numbers (optical_flow_prediction)."""

from __future__ import annotations

from caffe2torch.layers._data import image, unread
from caffe2torch.layers.base import Layer, Role, Shape, Site


class ImageMultilabelData(Layer):
    """Images listed in a file, each with class numbers of its cells.

    Shape:    nothing -> images (batch_size, 3, H, W), class numbers (batch_size, 400)
    Params:   image_multilabel_data_param source, batch_size, new_height, new_width;
              transform_param crop_size
    Weights:  none
    Differs:  its records are not read here: feed its tops
    Raises:   DataError, as nothing reads it
    Source:   Walker et al. (2015); optical_flow_prediction caffe
    """

    type = "ImageMultilabelData"
    aliases = ("IMAGE_MULTILABEL_DATA",)
    origin = "optical_flow_prediction"
    bottoms, tops = 0, (1, None)
    source = True
    shapes_only = True
    roles = frozenset({Role.IMAGES})
    param_field = "image_multilabel_data_param"

    def shapes(self, x: Site) -> list[Shape]:
        return unread(x, "a fork's lists of images")

    def assumed(self, x: Site) -> list[Shape]:
        param = x.param.image_multilabel_data_param
        n = param.batch_size or 1
        return [(n, *image(x, param)), *[(n, 400)] * (x.n_tops - 1)]
