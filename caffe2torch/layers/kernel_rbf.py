"""KernelRbf: radial kernel of all pairs of channels (Kernel-SPD-Pooling)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class KernelRbf(ShapesOnly):
    """Radial basis function of each pair of channels of two maps.

    Shape:    x (N, C, H, W), y (N, D, H, W) -> (N, 1, C, D)
    Params:   kernelrbf_param beta
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   zhigao2017 Kernel-SPD-Pooling src/caffe/layers/kernelrbf_layer.cpp
    """

    type = "KernelRbf"
    origin = "Kernel-SPD-Pooling"
    bottoms, tops = 2, 1
    param_field = "kernelrbf_param"

    def shapes(self, x: Site) -> list[Shape]:
        n, c = x.shape(0, 4, 4)[:2]
        return [(n, 1, c, x.shape(1, 4, 4)[1])]
