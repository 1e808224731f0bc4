"""DummyData: blobs written by fillers."""

from __future__ import annotations

from caffe2torch import fillers
from caffe2torch.layers._data import probed
from caffe2torch.layers.base import Example, Layer, Shape, Site


class DummyData(Layer):
    """Blobs that fillers write: constant ones once, others anew for each batch.

    Shape:    nothing -> shape, one a top or one for all
    Params:   data_filler, none (0), one for all or one a top; shape; num, channels, height and
              width, its old form
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError if a number of fillers or shapes fits neither, or both forms are used
    Source:   Caffe src/caffe/layers/dummy_data_layer.cpp
    """

    type = "DummyData"
    bottoms, tops = 0, (1, None)
    source = True
    param_field = "dummy_data_param"
    examples = (
        Example("dummy_data_param { shape { dim: 2 dim: 3 } }"),
        Example("dummy_data_param { shape { dim: 2 } data_filler { type: 'gaussian' } }", tops=2),
    )

    def shapes(self, x: Site) -> list[Shape]:
        shapes = probed(x)
        given = list(x.param.dummy_data_param.data_filler)
        for filler, shape in zip(
            given * (x.n_tops if len(given) == 1 else 1), shapes, strict=False
        ):
            fillers.check(filler, shape, "dummy_data_param.data_filler")
        return shapes

    def lasting(self, x: Site) -> tuple[int, ...]:
        given = [filler.type for filler in x.param.dummy_data_param.data_filler] or ["constant"]
        types = given * x.n_tops if len(given) == 1 else given
        return tuple(i for i, kind in enumerate(types) if kind == "constant")
