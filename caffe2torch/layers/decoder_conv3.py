"""DecoderConv3: a convolution of a decoder, pixel by pixel (CCN)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Blob, Shape, Site


class DecoderConv3(ShapesOnly):
    """A masked convolution that a decoder computes pixel by pixel.

    Shape:    x (N, C, H, W), ... -> (N, num_output, H, W)
    Params:   convolution_param num_output, kernel_size; constrain, group_in, group_out
    Weights:  weight (num_output, C, k, k), bias (num_output,)
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Li et al., CCN (2018); CCN caffe src/caffe/layers/decoder_conv3_layer.cpp
    """

    type = "DecoderConv3"
    origin = "CCN"
    bottoms, tops = (1, None), 1
    param_field = "convolution_param"

    def shapes(self, x: Site) -> list[Shape]:
        n, _, h, w = x.shape(0, 4, 4)
        return [(n, x.param.convolution_param.num_output, h, w)]

    def blobs(self, x: Site) -> dict[str, Blob]:
        param = x.param.convolution_param
        side = param.kernel_size[0] if param.kernel_size else 1
        weight = (param.num_output, x.bottoms[0][1], side, side)
        return {"weight": Blob(weight), "bias": Blob((param.num_output,))}
