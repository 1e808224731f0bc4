"""KernelMap: maps matrices to smaller ones (Kernel-SPD-Pooling)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class KernelMap(ShapesOnly):
    """Square matrices mapped to out_num rows and columns.

    Shape:    x (N, C, M, M) -> (N, C, out_num, out_num)
    Params:   kernelmap_param out_num
    Weights:  its fork's, which are not declared here
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   zhigao2017 Kernel-SPD-Pooling src/caffe/layers/kernelmap_layer.cpp
    """

    type = "KernelMap"
    origin = "Kernel-SPD-Pooling"
    bottoms, tops = 1, 1
    param_field = "kernelmap_param"

    def shapes(self, x: Site) -> list[Shape]:
        size = x.param.kernelmap_param.out_num
        return [(*x.shape(0, 4, 4)[:2], size, size)]
