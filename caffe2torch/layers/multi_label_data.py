"""MultiLabelData: images with several labels each, from a list (deep hashing)."""

from __future__ import annotations

from caffe2torch.layers._data import image, unread
from caffe2torch.layers.base import Layer, Role, Shape, Site


class MultiLabelData(Layer):
    """Lines "path label label ..." of a list, label_num whole numbers each.

    Shape:    nothing -> images (batch_size, C, H, W), labels (batch_size, label_num)
    Params:   source; batch_size [1]; label_num [1]; shuffle [false]; rand_skip [0]; new_height [0]
              and new_width [0]; is_color [true]; root_folder
    Weights:  none
    Differs:  its list is not read here: feed its tops
    Raises:   DataError, as nothing reads it
    Source:   Zhu et al., Deep Hashing Network (2016); its caffe multi_label_data_layer.cpp
    """

    type = "MultiLabelData"
    origin = "deep hashing"
    bottoms, tops = 0, 2
    source = True
    shapes_only = True
    roles = frozenset({Role.IMAGES})
    param_field = "multi_label_data_param"

    def shapes(self, x: Site) -> list[Shape]:
        return unread(x, "a fork's list of images with several labels")

    def assumed(self, x: Site) -> list[Shape]:
        param = x.param.multi_label_data_param
        return [(param.batch_size, *image(x, param)), (param.batch_size, param.label_num)]
