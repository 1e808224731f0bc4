"""AbsVal: the absolute value."""

from __future__ import annotations

import math

from caffe2torch.layers._in_place import refuse_in_place
from caffe2torch.layers.base import Example, Layer, Moments, Role, Shape, Site
from caffe2torch.layers.code import Code


class AbsVal(Layer):
    """|x|.

    Shape:    x (any) -> same
    Params:   none
    Weights:  none
    Differs:  nothing; the gradient at 0 is 0 in both
    Raises:   ShapeError if it is in place
    Source:   Caffe src/caffe/layers/absval_layer.cpp
    """

    type = "AbsVal"
    keeps_output = False
    roles = frozenset({Role.ACTIVATION})
    homogeneous = True
    examples = (Example(bottoms=[(2, 3, 4, 5)]),)

    def bounds(self, x: Site) -> tuple[float, float]:
        return 0.0, math.inf

    def shapes(self, x: Site) -> list[Shape]:
        refuse_in_place(x)
        return [x.bottoms[0]]

    def rereads(self, x: Site) -> tuple[int, ...]:
        return (0,)

    def code(self, x: Site) -> Code:
        return Code(call="{0}.abs()")

    def signal(self, x: Site) -> Moments:
        import numpy as np

        from caffe2torch.moments import pointwise

        return pointwise.function(np.abs, increasing=False)
