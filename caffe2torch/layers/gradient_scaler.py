"""GradientScaler: x, whose gradient is multiplied (ddtm)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Role, Shape, Site
from caffe2torch.layers.code import Code


class GradientScaler(Layer):
    """x itself; its gradient times a factor that changes with the iteration.

    Shape:    x, any -> same
    Params:   gradient_scaler_param
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Ganin and Lempitsky (2015); ddtm caffe
    """

    type = "GradientScaler"
    origin = "ddtm"
    bottoms, tops = 1, 1
    shapes_only = True
    roles = frozenset({Role.RESHAPING})
    homogeneous = True
    param_field = "gradient_scaler_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [x.bottoms[0]]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its factor follows the iteration of its solver")
