"""SegData: an image and a label for each of its pixels, one pair at a time (yjxiong)."""

from __future__ import annotations

from caffe2torch.layers._data import image, unread
from caffe2torch.layers.base import Layer, Role, Shape, Site


class SegData(Layer):
    """Pairs of an image and a label image from a list, scaled and cropped together.

    Shape:    nothing -> image (1, C, H, W), labels (1, 1, H, W); H and W are multiples of
              transform_param's stride [1], at most upper_size or upper_height and upper_width
    Params:   source, a list; root_dir; shuffle [false]; balance [false]
    Weights:  none
    Differs:  its pairs are not read here: feed its tops, or use ImageSegData
    Raises:   DataError, as nothing reads it
    Source:   yjxiong's caffe src/caffe/layers/seg_data_layer.cpp
    """

    type = "SegData"
    origin = "yjxiong"
    bottoms, tops = 0, 2
    source = True
    shapes_only = True
    roles = frozenset({Role.IMAGES})
    param_field = "seg_data_param"

    def shapes(self, x: Site) -> list[Shape]:
        return unread(x, "the pairs of a fork's list")

    def assumed(self, x: Site) -> list[Shape]:
        transform, (c, h, w) = x.param.transform_param, image(x, x.param.seg_data_param)
        h = min(h, transform.upper_size or transform.upper_height or h)
        w = min(w, transform.upper_size or transform.upper_width or w)
        step = max(1, transform.stride)
        h, w = h // step * step, w // step * step
        return [(1, c, h, w), (1, 1, h, w)]
