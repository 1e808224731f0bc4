"""DecoderInput: a context of a decoder (CCN)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class DecoderInput(ShapesOnly):
    """A map of what a decoder knows so far.

    Shape:    x (N, C, H, W), ... -> (N, nchannels, H, W)
    Params:   decoder_param nchannels and more
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Li et al., CCN (2018); CCN caffe src/caffe/layers/decoder_input_layer.cpp
    """

    type = "DecoderInput"
    origin = "CCN"
    bottoms, tops = (1, None), 1
    param_field = "decoder_param"

    def shapes(self, x: Site) -> list[Shape]:
        n, _, h, w = x.shape(0, 4, 4)
        return [(n, x.param.decoder_param.nchannels, h, w)]
