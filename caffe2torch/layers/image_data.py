"""ImageData: batches of image files from a list."""

from __future__ import annotations

from caffe2torch.layers._data import image, probed, unread
from caffe2torch.layers.base import Layer, Role, Shape, Site


class ImageData(Layer):
    """Images of a text file with a path and a label a line.

    Shape:    nothing -> images (batch_size, C, H, W), labels (batch_size)
    Params:   source, the list; batch_size [1]; new_height [0] and new_width [0], both or neither;
              is_color [true]; shuffle [false]; rand_skip [0]; root_folder [""], put before each
              path; transform_param: crop, mirror, mean and scale
    Weights:  none
    Differs:  nothing
    Raises:   DataError if the list or its first image cannot be read; ShapeError for one of
              new_height and new_width without the other
    Source:   Caffe src/caffe/layers/image_data_layer.cpp
    """

    type = "ImageData"
    aliases = ("images", "IMAGES")
    bottoms, tops = 0, (2, 3)
    source = True
    certain = (1,)
    roles = frozenset({Role.IMAGES})
    ignored = ("scale", "mean_file", "crop_size", "mirror")
    param_field = "image_data_param"

    def shapes(self, x: Site) -> list[Shape]:
        if x.n_tops > 2:
            return unread(x, "pairs of faces of caffe_train (third top)")
        return probed(x, x.param.image_data_param)

    def assumed(self, x: Site) -> list[Shape]:
        n = x.param.image_data_param.batch_size or 1
        return [(n, *image(x, x.param.image_data_param)), (n,), (n,)][: x.n_tops]
