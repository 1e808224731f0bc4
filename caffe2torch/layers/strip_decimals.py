"""StripDecimals: numbers without their decimals (mix-and-match)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class StripDecimals(Layer):
    """Each number without its decimals.

    Shape:    x (any) -> same
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Zhan et al., Mix-and-Match Tuning (2018); its caffe
              src/caffe/layers/strip_decimals_layer.cpp
    """

    type = "StripDecimals"
    origin = "mix-and-match"
    bottoms, tops = 1, 1
    shapes_only = True

    def shapes(self, x: Site) -> list[Shape]:
        return [x.bottoms[0]]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
