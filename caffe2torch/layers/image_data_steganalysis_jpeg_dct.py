"""ImageDataSteganalysisJpegDct: coefficients of pairs of pictures (steganalysis)."""

from __future__ import annotations

from caffe2torch.layers._data import unread
from caffe2torch.layers.base import Layer, Role, Shape, Site


class ImageDataSteganalysisJpegDct(Layer):
    """Cosine coefficients of pairs of pictures, one plain and one with a message hidden.

    Shape:    nothing -> coefficients (batch_size, 64, H / 8, W / 8), labels (batch_size). The
              size is the pictures'; the rule says 512 by 512
    Params:   image_data_steganalysis_jpeg_dct_param source, batch_size, cover_dir, stego_dir
    Weights:  none
    Differs:  its records are not read here: feed its tops
    Raises:   DataError, as nothing reads it
    Source:   GuanshuoXu caffe_deep_learning_for_steganalysis
              src/caffe/layers/image_data_steganalysis_jpeg_dct_layer.cpp
    """

    type = "ImageDataSteganalysisJpegDct"
    origin = "steganalysis"
    bottoms, tops = 0, (1, 2)
    source = True
    shapes_only = True
    roles = frozenset({Role.IMAGES})
    param_field = "image_data_steganalysis_jpeg_dct_param"

    def shapes(self, x: Site) -> list[Shape]:
        return unread(x, "coefficients of JPEG pictures")

    def assumed(self, x: Site) -> list[Shape]:
        n = x.param.image_data_steganalysis_jpeg_dct_param.batch_size or 2
        tops: list[Shape] = [(n, 64, 64, 64), (n,)]
        return tops[: x.n_tops]
