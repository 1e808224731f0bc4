"""Quantize: scales of a skeleton in classes (DeepSkeleton)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlySame


class Quantize(ShapesOnlySame):
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
