"""SpatialPyramidPoolingData: regions of stored feature maps (a fork's SPP-net)."""

from __future__ import annotations

from caffe2torch.layers._data import unread
from caffe2torch.layers.base import Layer, Shape, Site

FEATURES = (256, 13, 13)  # conv5 of AlexNet, whose features its examples store


class SpatialPyramidPoolingData(Layer):
    """Feature maps cut to regions that hold an object or none, and the class of each.

    Shape:    nothing -> regions (batch_size, C, H, W), labels (batch_size)
    Params:   features_source, a database; regions_source, a list; batch_size;
              positive_threshold [1]; negative_threshold [0.3]; positive_sampling_ratio [0.25]
    Weights:  none
    Differs:  its features are not read here: feed its tops
    Raises:   DataError, as nothing reads it
    Source:   a fork of Caffe (2014), src/caffe/layers/spatial_pyramid_pooling_data_layer.cpp
    """

    type = "SpatialPyramidPoolingData"
    aliases = ("SPATIAL_PYRAMID_POOLING_DATA",)
    origin = "single forks"
    bottoms, tops = 0, 2
    source = True
    shapes_only = True
    param_field = "spatial_pyramid_pooling_data_param"

    def shapes(self, x: Site) -> list[Shape]:
        return unread(x, "a fork's database of feature maps")

    def assumed(self, x: Site) -> list[Shape]:
        n = x.param.spatial_pyramid_pooling_data_param.batch_size or 1
        return [(n, *FEATURES), (n,)]
