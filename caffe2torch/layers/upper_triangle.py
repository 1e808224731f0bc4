"""UpperTriangle: one half of a symmetric matrix as a row (Kernel-SPD-Pooling)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class UpperTriangle(Layer):
    """The upper triangle of square matrices, as a row.

    Shape:    x (N, 1, M, M) -> (N, (M * M + M) / 2)
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   zhigao2017 Kernel-SPD-Pooling src/caffe/layers/uppertriangle_layer.cpp
    """

    type = "UpperTriangle"
    origin = "Kernel-SPD-Pooling"
    bottoms, tops = 1, 1
    shapes_only = True

    def shapes(self, x: Site) -> list[Shape]:
        n, _, h, _ = x.shape(0, 4, 4)
        return [(n, (h * h + h) // 2)]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
