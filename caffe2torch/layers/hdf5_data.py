"""HDF5Data: batches of rows of HDF5 files."""

from __future__ import annotations

from caffe2torch.layers._data import image, named, probed
from caffe2torch.layers.base import Layer, Shape, Site


class HDF5Data(Layer):
    """Rows of the datasets that are named as the tops, file after file.

    Shape:    nothing -> (batch_size, ...) a top, as the dataset's rows
    Params:   source, a text file with a path a line; batch_size; shuffle [false]: the files, and
              the rows of each
    Weights:  none
    Differs:  nothing
    Raises:   DataError if the list, a file or a dataset is missing; ShapeError for any
              transform_param, which Caffe refuses here
    Source:   Caffe src/caffe/layers/hdf5_data_layer.cpp
    """

    type = "HDF5Data"
    bottoms, tops = 0, (1, None)
    source = True
    param_field = "hdf5_data_param"

    def shapes(self, x: Site) -> list[Shape]:
        return probed(x, x.param.hdf5_data_param)

    def assumed(self, x: Site) -> list[Shape]:
        n = x.param.hdf5_data_param.batch_size or 1
        picture = (n, *image(x, x.param.hdf5_data_param))
        return [named(top, picture) for top in x.top_names]
