"""StochasticDropout: dropout whose ratio is drawn (Max-drop)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlySame


class StochasticDropout(ShapesOnlySame):
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
    param_field = "stochastic_dropout_param"
