"""PoolingNum: pools images of a batch (Caffe_action)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class PoolingNum(ShapesOnly):
    """Greatest or mean values of kernel_size images after one another.

    Shape:    x (N, C, H, W) -> (N / kernel_size, C, 1, 1)
    Params:   pooling_num_param kernel_size, pool
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Lyp100208 Caffe_action src/caffe/layers/pooling_num_layer.cpp
    """

    type = "PoolingNum"
    origin = "Caffe_action"
    bottoms, tops = 1, (1, 2)
    param_field = "pooling_num_param"

    def shapes(self, x: Site) -> list[Shape]:
        n, c = x.shape(0, 2, 4)[:2]
        return [(n // max(1, x.param.pooling_num_param.kernel_size), c, 1, 1)] * x.n_tops
