"""DataHeatmap: images with maps of points (caffe-heatmap)."""

from __future__ import annotations

from caffe2torch.layers._data import unread
from caffe2torch.layers.base import Layer, Role, Shape, Site


class DataHeatmap(Layer):
    """Images of faces or bodies with a map for each of their points.

    Shape:    nothing -> images (batchsize, 3, outsize, outsize), maps (batchsize, P,
              label_height, label_width). The number of points P stands in the source; the rule
              says 7
    Params:   heatmap_data_param source, batchsize, outsize, label_height, label_width
    Weights:  none
    Differs:  its records are not read here: feed its tops
    Raises:   DataError, as nothing reads it
    Source:   Pfister et al., Flowing ConvNets (2015); caffe-heatmap
              src/caffe/layers/data_heatmap.cpp
    """

    type = "DataHeatmap"
    origin = "caffe-heatmap"
    bottoms, tops = 0, 2
    source = True
    shapes_only = True
    roles = frozenset({Role.IMAGES})
    param_field = "heatmap_data_param"

    def shapes(self, x: Site) -> list[Shape]:
        return unread(x, "points of a fork's list")

    def assumed(self, x: Site) -> list[Shape]:
        param = x.param.heatmap_data_param
        n, side = param.batchsize or 1, param.outsize or 256
        return [(n, 3, side, side), (n, 7, param.label_height or 64, param.label_width or 64)]
