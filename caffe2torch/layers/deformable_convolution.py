"""DeformableConvolution: a convolution whose window bends (frcnn)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Role, Shape, Site
from caffe2torch.layers.code import Code


class DeformableConvolution(Layer):
    """Convolution at places that offsets move.

    Shape:    x (N, C, H, W), offsets (N, any, H', W') -> (N, num_output, H', W')
    Params:   deformable_convolution_param num_output
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Dai et al. (2017); frcnn src/caffe/layers/deformable_conv_layer.cpp
    """

    type = "DeformableConvolution"
    origin = "frcnn"
    bottoms, tops = (2, None), 1
    shapes_only = True
    roles = frozenset({Role.WEIGHTS})
    param_field = "deformable_convolution_param"

    def shapes(self, x: Site) -> list[Shape]:
        n = x.param.deformable_convolution_param.num_output
        return [(x.shape(0, 1)[0], n, *x.shape(1, 2)[2:])]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
