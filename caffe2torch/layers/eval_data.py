"""EvalData: images and their sizes, for evaluation (cascade-rcnn)."""

from __future__ import annotations

from caffe2torch.layers._data import unread
from caffe2torch.layers.base import Layer, Role, Shape, Site


class EvalData(Layer):
    """Images listed in a file, resized, with what is needed to find their boxes again.

    Shape:    nothing -> images (batch_size, 3, H, W), sizes (batch_size, 2, 1, 1)[, more]
    Params:   batch_size; short_size, long_size; resize_width, resize_height
    Weights:  none
    Differs:  its records are not read here: feed its tops
    Raises:   DataError, as nothing reads it
    Source:   Cai and Vasconcelos, Cascade R-CNN (2018); cascade-rcnn
              src/caffe/layers/eval_data_layer.cpp
    """

    type = "EvalData"
    origin = "cascade-rcnn"
    bottoms, tops = 0, (2, None)
    source = True
    shapes_only = True
    roles = frozenset({Role.IMAGES})
    param_field = "eval_data_param"

    def shapes(self, x: Site) -> list[Shape]:
        return unread(x, "a fork's lists of objects")

    def assumed(self, x: Site) -> list[Shape]:
        param = x.param.eval_data_param
        h = param.resize_height or param.long_size or 600
        w = param.resize_width or param.short_size or 1000
        n = param.batch_size
        return [(n, 3, h, w), *[(n, 2, 1, 1)] * (x.n_tops - 1)]
