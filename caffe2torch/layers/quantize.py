"""Quantize: scales of a skeleton in classes (DeepSkeleton)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class Quantize(Layer):
    """Scales of a skeleton in classes.

    Shape:    x -> same
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Shen et al., DeepSkeleton (2017); DeepSkeleton caffe quantize_layer.cpp
    """

    type = "Quantize"
    origin = "DeepSkeleton"
    bottoms, tops = 1, 1
    shapes_only = True

    def shapes(self, x: Site) -> list[Shape]:
        return [x.bottoms[0]]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
