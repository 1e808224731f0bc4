"""StripDecimals: numbers without their decimals (mix-and-match)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlySame


class StripDecimals(ShapesOnlySame):
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
