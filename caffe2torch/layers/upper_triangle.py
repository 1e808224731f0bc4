"""UpperTriangle: one half of a symmetric matrix as a row (Kernel-SPD-Pooling)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class UpperTriangle(ShapesOnly):
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

    def shapes(self, x: Site) -> list[Shape]:
        n, _, h, _ = x.shape(0, 4, 4)
        return [(n, (h * h + h) // 2)]
