"""DecoderExtract: one channel of what a decoder reads (CCN)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class DecoderExtract(Layer):
    """One channel of what a decoder reads.

    Shape:    x (N, C, H, W), ... -> (N, 1, H, W)
    Params:   decoder_param
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Li et al., CCN (2018); CCN caffe src/caffe/layers/decoder_extract_layer.cpp
    """

    type = "DecoderExtract"
    origin = "CCN"
    bottoms, tops = (1, None), 1
    shapes_only = True
    param_field = "decoder_param"

    def shapes(self, x: Site) -> list[Shape]:
        n, _, h, w = x.shape(0, 4, 4)
        return [(n, 1, h, w)]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its function is not reproduced")
