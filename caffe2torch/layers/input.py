"""Input: a blob that the caller fills."""

from __future__ import annotations

from caffe2torch.errors import ShapeError, plural
from caffe2torch.layers._data import USUAL_SIZE, named
from caffe2torch.layers.base import Example, Layer, Shape, Site


class Input(Layer):
    """Blobs that the caller fills; in torch they are arguments of `forward`.

    Shape:    nothing -> the shape given for each top, or one shape for all
    Params:   shape once, once per top, or not at all
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError if the number of shapes fits neither
    Source:   Caffe src/caffe/layers/input_layer.cpp, LayerSetUp
    """

    type = "Input"
    bottoms, tops = 0, (1, None)
    source = True
    param_field = "input_param"
    examples = (Example("input_param { shape { dim: 2 dim: 3 } }"),)

    def shapes(self, x: Site) -> list[Shape]:
        shapes = [tuple(shape.dim) for shape in x.param.input_param.shape]
        if len(shapes) not in (0, 1, x.n_tops):
            raise ShapeError(
                f"{plural(len(shapes), 'shape')} for {plural(x.n_tops, 'top')}",
                field="input_param.shape",
                hint="write one shape for all tops, or one per top",
            )
        return shapes if len(shapes) == x.n_tops else (shapes or [()]) * x.n_tops

    def assumed(self, x: Site) -> list[Shape]:
        return [named(top, (1, 3, USUAL_SIZE, USUAL_SIZE)) for top in x.top_names]
