"""ImageSegData: batches of images and label images from a list (DeepLab)."""

from __future__ import annotations

from caffe2torch.layers._data import image, probed
from caffe2torch.layers.base import Layer, Role, Shape, Site


class ImageSegData(Layer):
    """Images and a label for each of their pixels, scaled, padded and cropped together.

    Shape:    nothing -> images (batch_size, C, H, W), labels (batch_size, 1, H, W), height and
              width of each image within H and W (batch_size, 1, 1, 2)
    Params:   source, a list; batch_size [1]; shuffle [false]; rand_skip [0]; new_height [0] and
              new_width [0]; is_color [true]; root_folder; label_type [IMAGE]: a line's second
              word is one label for all pixels, PIXEL: a label image, NONE: ignore_label for all;
              transform_param: crop_size, or crop_height and crop_width; scale_factors, one of
              which each image is scaled by; mirror, mean_value and scale
    Weights:  none
    Differs:  nothing but the random numbers; what a crop lacks is 0 and ignore_label
    Raises:   DataError if the list or an image cannot be read; ShapeError for half of a size
    Source:   Chen et al., DeepLab (2014); its caffe image_seg_data_layer.cpp
    """

    type = "ImageSegData"
    origin = "deeplab"
    bottoms, tops = 0, (2, 3)
    source = True
    roles = frozenset({Role.IMAGES})
    ignored = ("scale", "mean_file", "crop_size", "mirror")
    fills_crop = True
    param_field = "image_data_param"

    def shapes(self, x: Site) -> list[Shape]:
        return probed(x)

    def assumed(self, x: Site) -> list[Shape]:
        fields, transform = x.param.image_data_param, x.param.transform_param
        c, h, w = image(x, fields)
        if transform.crop_height and transform.crop_width:
            h, w = transform.crop_height, transform.crop_width
        n = fields.batch_size
        shapes: list[Shape] = [(n, c, h, w), (n, 1, h, w), (n, 1, 1, 2)]
        return shapes[: x.n_tops]
