"""DenseImageData: batches of images and label images from a list (SegNet)."""

from __future__ import annotations

from caffe2torch.layers._data import image, probed
from caffe2torch.layers.base import Layer, Role, Shape, Site


class DenseImageData(Layer):
    """Images and a label for each of their pixels, mirrored, turned and cropped together.

    Shape:    nothing -> images (batch_size, C, H, W), labels (batch_size, 1, H, W), or
              (batch_size, one_hot_nclasses, H, W)
    Params:   source, a list of "image label-image"; batch_size; shuffle [false]; rand_skip [0];
              new_height [0] and new_width [0]; is_color [true]; root_folder; mirror [false];
              crop_width [0] and crop_height [0], at random in both phases; rotate [false] by
              quarters; one_hot_nclasses [0]; transform_param: crop, mirror, mean and scale
    Weights:  none
    Differs:  nothing but the random numbers; mean_file here has no effect, as in SegNet
    Raises:   DataError if the list or an image cannot be read; ShapeError for half of a size
    Source:   SegNet's and DeepDetect's caffe dense_image_data_layer.cpp
    """

    type = "DenseImageData"
    origin = "segnet"
    bottoms, tops = 0, 2
    source = True
    roles = frozenset({Role.IMAGES})
    ignored = ("mean_file",)
    param_field = "dense_image_data_param"

    def shapes(self, x: Site) -> list[Shape]:
        return probed(x)

    def assumed(self, x: Site) -> list[Shape]:
        fields = x.param.dense_image_data_param
        c, h, w = image(x, fields)
        if fields.crop_height and fields.crop_width and not x.param.transform_param.crop_size:
            h, w = fields.crop_height, fields.crop_width
        n = fields.batch_size or 1
        return [(n, c, h, w), (n, fields.one_hot_nclasses or 1, h, w)]
