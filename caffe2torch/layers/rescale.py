"""Rescale: scales of a skeleton as a receptive field sees them (DeepSkeleton)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class Rescale(ShapesOnly):
    """Scales of a skeleton as a receptive field sees them, and where there are any.

    Shape:    x -> one or two of the shape
    Params:   rf
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Shen et al., DeepSkeleton (2017); DeepSkeleton caffe rescale_layer.cpp
    """

    type = "Rescale"
    origin = "DeepSkeleton"
    bottoms, tops = 1, (1, 2)
    param_field = "rescale_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [x.bottoms[0]] * x.n_tops
