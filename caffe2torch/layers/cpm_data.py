"""CPMData: images of people and maps of their joints (convolutional pose machines)."""

from __future__ import annotations

from caffe2torch.layers._data import unread
from caffe2torch.layers.base import Layer, Shape, Site


class CPMData(Layer):
    """Records of a database, scaled, rotated and cropped around one person, with the maps.

    Shape:    nothing -> image and a map of the person's centre (batch_size, 4, H, W), a weight
              and a map for each joint and the background
              (batch_size, 2 · (num_parts + 1), H / stride, W / stride)
    Params:   source; batch_size; backend [LEVELDB], here or in data_param; transform_param or
              cpm_transform_param: crop_size_y, crop_size_x, stride [1], num_parts and what
              changes the images
    Weights:  none
    Differs:  its records are not read here: feed its tops
    Raises:   DataError, as nothing reads it
    Source:   Wei et al., Convolutional Pose Machines (2016); its caffe cpm_data_layer.cpp
    """

    type = "CPMData"
    origin = "CPM"
    bottoms, tops = 0, (1, 2)
    source = True
    shapes_only = True
    param_field = "cpmdata_param"

    def shapes(self, x: Site) -> list[Shape]:
        return unread(x, "the people of a fork's database")

    def assumed(self, x: Site) -> list[Shape]:
        apart = x.param.HasField("cpm_transform_param")
        transform = x.param.cpm_transform_param if apart else x.param.transform_param
        n = x.param.cpmdata_param.batch_size or x.param.data_param.batch_size or 1
        h, w = transform.crop_size_y or 368, transform.crop_size_x or 368
        cells = tuple(size // max(1, transform.stride) for size in (h, w))
        maps = 2 * ((transform.num_parts or 14) + 1)
        shapes: list[Shape] = [(n, 4, h, w), (n, maps, *cells)]
        return shapes[: x.n_tops]
