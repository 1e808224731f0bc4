"""Rescale: scales of a skeleton as a receptive field sees them (DeepSkeleton)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class Rescale(Layer):
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
    shapes_only = True
    param_field = "rescale_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [x.bottoms[0]] * x.n_tops

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
