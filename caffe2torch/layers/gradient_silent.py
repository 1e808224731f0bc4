"""GradientSilent: a map that may pass no gradient (da-faster-rcnn)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlySame


class GradientSilent(ShapesOnlySame):
    """A map whose gradient is stopped where a second bottom says so.

    Shape:    x, ... -> same as x
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Chen et al., Domain adaptive Faster R-CNN (2018); its caffe gradient_silent_layer.cpp
    """

    type = "GradientSilent"
    origin = "da-faster-rcnn"
    bottoms, tops = (1, None), 1
