"""MatrixMultiplication: products of the last two axes (compact generalized non-local nets)."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code


class MatrixMultiplication(Layer):
    """X · Y of the last two axes, for each of the axes before them.

    Shape:    X (..., M, K) or (M, K), Y (..., K, N) or (K, N) -> (..., M, N)
    Params:   none
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError if the matrices do not fit
    Source:   Yue et al., Compact Generalized Non-local Network (2018); its caffe
              src/caffe/layers/matrix_multiplication_layer.cpp
    """

    type = "MatrixMultiplication"
    origin = "cgnl-network"
    bottoms = 2
    examples = (
        Example("", bottoms=[(2, 3, 4), (2, 4, 5)]),
        Example("", bottoms=[(2, 3, 4), (4, 5)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        a, b = x.bottoms
        fits = min(len(a), len(b)) >= 2 and a[-1] == b[-2]
        if not fits or (len(a) > 2 < len(b) and a[:-2] != b[:-2]):
            raise ShapeError(f"takes (..., M, K) and (..., K, N), got {a} and {b}", field="bottom")
        return [(*max(a, b, key=len)[:-2], a[-2], b[-1])]

    def code(self, x: Site) -> Code:
        return Code(call="({0} @ {1})")

    def cost(self, x: Site, tops: list[Shape]) -> int:
        return math.prod(tops[0]) * x.bottoms[0][-1]
