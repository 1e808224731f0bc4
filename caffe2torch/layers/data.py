"""Data: batches of images and labels from a database."""

from __future__ import annotations

from caffe2torch.layers._data import image, probed
from caffe2torch.layers.base import Layer, Role, Shape, Site


class Data(Layer):
    """Records of a database in the order of their keys, round and round.

    Shape:    nothing -> images (batch_size, C, H, W)[, labels (batch_size)]
    Params:   source, the database; batch_size; backend [LEVELDB]; prefetch [4];
              transform_param: crop, mirror, mean and scale
    Weights:  none
    Differs:  nothing; scale, mean_file, crop_size and mirror in data_param have no effect, as in
              Caffe, but for layers written in the form before 2015
    Raises:   DataError if the database cannot be read; ShapeError if batch_size is not positive
    Source:   Caffe src/caffe/layers/data_layer.cpp
    """

    type = "Data"
    bottoms, tops = 0, (1, 2)
    source = True
    certain = (1,)
    roles = frozenset({Role.IMAGES})
    ignored = ("scale", "mean_file", "crop_size", "mirror", "rand_skip", "force_encoded_color")
    param_field = "data_param"

    def shapes(self, x: Site) -> list[Shape]:
        return probed(x, x.param.data_param)

    def assumed(self, x: Site) -> list[Shape]:
        if x.param.input_param.shape:  # a deploy net made in haste says its input so
            return [tuple(x.param.input_param.shape[0].dim)] * x.n_tops
        n = x.param.data_param.batch_size or 1
        return [(n, *image(x, x.param.data_param)), (n,)][: x.n_tops]
