"""Correlation1D: products of one map and another moved sideways (flownet2)."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError
from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class Correlation1D(ShapesOnly):
    """Mean products of patches of two maps, the second moved by each of several columns.

    Shape:    x (N, C, H, W), y the same -> (N, D, h, w)
    Params:   pad [0]; kernel_size; max_displacement; stride_1 [1]; stride_2 [1]; single_direction
              [0]
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   ShapeError if nothing is left; UnsupportedError where it is to run
    Source:   Ilg et al., FlowNet 2.0 (2017); flownet2 src/caffe/layers/correlation_layer1d.cpp
    """

    type = "Correlation1D"
    origin = "flownet2"
    bottoms, tops = 2, 1
    param_field = "correlation_param"

    def shapes(self, x: Site) -> list[Shape]:
        n, _, h, w = x.shape(0, 4, 4)
        param = x.param.correlation_param
        step, way = param.stride_1 or 1, param.stride_2 or 1
        radius = (param.kernel_size - 1) // 2
        steps = param.max_displacement // way
        width = w + 2 * param.pad - 2 * (param.max_displacement + radius)
        shape = (
            n,
            steps + 1 if param.single_direction else 2 * steps + 1,
            math.ceil((h - 2 * radius) / step),
            math.ceil(width / step),
        )
        if min(shape) < 1:
            raise ShapeError(f"gives {shape}", field="correlation_param.max_displacement")
        return [shape]
