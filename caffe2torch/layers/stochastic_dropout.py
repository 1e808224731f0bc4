"""StochasticDropout: dropout whose ratio is drawn (Max-drop)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class StochasticDropout(Layer):
    """Dropout whose ratio is drawn by chance.

    Shape:    x (any) -> same
    Params:   stochastic_dropout_param
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Park and Kwak, Analysis on the dropout effect (2016); Max-drop
              stochastic_dropout_layer.cpp
    """

    type = "StochasticDropout"
    origin = "Max-drop"
    bottoms, tops = 1, 1
    shapes_only = True
    param_field = "stochastic_dropout_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [x.bottoms[0]]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
