"""DynamicBilinear: resizes a map bilinearly (Dense-Spatial-Transform-Flow)."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError
from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class DynamicBilinear(ShapesOnly):
    """A map resized bilinearly, to a size, by a scale, or to another map's size.

    Shape:    x (N, C, H, W)[, map (N, any, h, w)] -> (N, C, h, w)
    Params:   dynamic_bilinear_param output_H and output_W, else scale, else the second bottom
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   ShapeError for a scale that is 0, NaN or infinite; UnsupportedError where it is to
              run
    Source:   sunshinezhe Dense-Spatial-Transform-Flow src/caffe/layers/dynamic_bilinear.cpp
    """

    type = "DynamicBilinear"
    origin = "Dense-Spatial-Transform-Flow"
    bottoms, tops = (1, 2), 1
    param_field = "dynamic_bilinear_param"

    def shapes(self, x: Site) -> list[Shape]:
        n, c, h, w = x.shape(0, 4, 4)
        param = x.param.dynamic_bilinear_param
        if param.HasField("output_H") and param.HasField("output_W"):
            return [(n, c, param.output_H, param.output_W)]
        if param.HasField("scale") or len(x.bottoms) == 1:
            if not 0 < param.scale < math.inf:
                raise ShapeError(
                    f"scale is {param.scale}, and no size is given",
                    field="dynamic_bilinear_param.scale",
                    hint="write output_H and output_W, or a scale above 0",
                )
            return [(n, c, int(h * param.scale), int(w * param.scale))]
        return [(n, c, *x.shape(1, 4, 4)[2:])]
