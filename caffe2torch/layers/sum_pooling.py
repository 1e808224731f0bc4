"""SumPooling: the sum over each map (HBP)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Role, Shape, Site


class SumPooling(ShapesOnly):
    """Sum of all values of each channel.

    Shape:    x (N, C, H, W) -> (N, C, 1, 1)
    Params:   sum_pooling_param
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Yu et al. (2018); Hierarchical-Bilinear-Pooling caffe
    """

    type = "SumPooling"
    origin = "HBP"
    bottoms, tops = 1, 1
    roles = frozenset({Role.POOLING})
    param_field = "sum_pooling_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [(*x.bottoms[0][:2], 1, 1)]
