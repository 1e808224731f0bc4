"""RemoteData: batches that another machine sends (a fork's)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError, plural
from caffe2torch.layers._data import unread
from caffe2torch.layers.base import Layer, Shape, Site


class RemoteData(Layer):
    """What a server of batches sends, kept or not.

    Shape:    nothing -> the shape written for each top
    Params:   address; cache_size; policy [PULL_CONTINOUSLY]; shape, one a top
    Weights:  none
    Differs:  nothing is received here: feed its tops
    Raises:   DataError, as nothing receives it; ShapeError if there is not one shape a top
    Source:   a fork of Caffe, src/caffe/layers/remote_data_layer.cpp
    """

    type = "RemoteData"
    origin = "single forks"
    bottoms, tops = 0, (1, None)
    source = True
    shapes_only = True
    param_field = "remote_data_param"

    def shapes(self, x: Site) -> list[Shape]:
        shapes = x.param.remote_data_param.shape
        if len(shapes) != x.n_tops:
            raise ShapeError(
                f"{plural(len(shapes), 'shape')} for {plural(x.n_tops, 'top')}",
                field="remote_data_param.shape",
                hint="write one shape a top",
            )
        return unread(x, "what a fork's server sends")

    def assumed(self, x: Site) -> list[Shape]:
        return [tuple(shape.dim) for shape in x.param.remote_data_param.shape]
