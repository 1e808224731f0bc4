"""DriveData: pictures of roads with maps of boxes (VPGNet)."""

from __future__ import annotations

from caffe2torch.layers._data import unread
from caffe2torch.layers.base import Layer, Role, Shape, Site


class DriveData(Layer):
    """Pictures with maps of boxes and types on a grid.

    Shape:    nothing -> images (batch_size, 3, 480, 640), maps of labels (batch_size, any, 120,
              160), maps of types (batch_size, 1, 60, 80)
    Params:   data_param source, batch_size; drive_data_param
    Weights:  none
    Differs:  its records are not read here: feed its tops
    Raises:   DataError, as nothing reads it
    Source:   VPGNet caffe src/caffe/layers/drive_data_layer.cpp
    """

    type = "DriveData"
    origin = "VPGNet"
    bottoms, tops = 0, (1, None)
    source = True
    shapes_only = True
    roles = frozenset({Role.IMAGES})
    param_field = "drive_data_param"
    data_field = "data_param"

    def shapes(self, x: Site) -> list[Shape]:
        return unread(x, "the records of a fork's database")

    def assumed(self, x: Site) -> list[Shape]:
        n = x.param.data_param.batch_size or 1
        shapes: list[Shape] = [(n, 3, 480, 640), (n, 6, 120, 160), (n, 1, 60, 80)]
        return (shapes + [(n, 1, 60, 80)] * x.n_tops)[: x.n_tops]
