"""Identity2Verify: items as pairs of which one says whether they are alike (caffe_train)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class Identity2Verify(ShapesOnly):
    """The two halves of a batch as pairs, and whether their labels agree.

    Shape:    x (N, ...), labels (N, ...) -> two of (N / 2, ...), (N / 2, ...)
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   caffe_train src/caffe/layers/identity2verify_layer.cpp
    """

    type = "Identity2Verify"
    origin = "caffe_train"
    bottoms, tops = 2, 3

    def shapes(self, x: Site) -> list[Shape]:
        half = (x.shape(0, 1)[0] // 2, *x.bottoms[0][1:])
        return [half, half, (x.shape(1, 1)[0] // 2, *x.bottoms[1][1:])]
