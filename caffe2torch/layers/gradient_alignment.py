"""GradientAlignment: hands a blob on twice (CAFFE-DACH)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class GradientAlignment(ShapesOnly):
    """The bottom for both tops; backward aligns their gradients.

    Shape:    x (any) -> same, same
    Params:   gradient_alignment_param lambda
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   JiahaoLi-gdut CAFFE-DACH src/caffe/layers/gradient_alignment_layer.cpp
    """

    type = "GradientAlignment"
    origin = "CAFFE-DACH"
    bottoms, tops = 1, 2
    param_field = "gradient_alignment_param"

    def shapes(self, x: Site) -> list[Shape]:
        return [x.bottoms[0]] * 2
