"""DecoderExtract: one channel of what a decoder reads (CCN)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class DecoderExtract(ShapesOnly):
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
    param_field = "decoder_param"

    def shapes(self, x: Site) -> list[Shape]:
        n, _, h, w = x.shape(0, 4, 4)
        return [(n, 1, h, w)]
