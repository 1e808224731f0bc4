"""ImageLabelmapData: images and maps of their edges from a list (HED)."""

from __future__ import annotations

from caffe2torch.layers._data import image, unread
from caffe2torch.layers.base import Layer, Role, Shape, Site


class ImageLabelmapData(Layer):
    """Images and a label map for each, of the image's own size.

    Shape:    nothing -> images (batch_size, C, H, W), labels (batch_size, 1, H, W)
    Params:   source, a list of "image label-image"; batch_size [1]; shuffle [false]; root_folder;
              new_height [0] and new_width [0]; is_color [true]; transform_param: mirror, mean,
              scale, crop_size
    Weights:  none
    Differs:  its label maps are not read here: feed its tops
    Raises:   DataError, as nothing reads it
    Source:   Xie and Tu, Holistically-Nested Edge Detection (2015); its caffe
              image_labelmap_data_layer.cpp
    """

    type = "ImageLabelmapData"
    origin = "HED"
    bottoms, tops = 0, 2
    source = True
    shapes_only = True
    roles = frozenset({Role.IMAGES})
    param_field = "image_data_param"

    def shapes(self, x: Site) -> list[Shape]:
        return unread(x, "the label maps of a fork's list")

    def assumed(self, x: Site) -> list[Shape]:
        fields = x.param.image_data_param
        c, h, w = image(x, fields)
        return [(fields.batch_size, c, h, w), (fields.batch_size, 1, h, w)]
