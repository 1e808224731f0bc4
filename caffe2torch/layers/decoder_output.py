"""DecoderOutput: tables of frequencies for an arithmetic coder (CCN)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class DecoderOutput(ShapesOnly):
    """A table of frequencies for each pixel, as an arithmetic decoder reads them.

    Shape:    x (N, C, H, W) -> (N * H * W + 1, 1, 1, C / nchannels + 1)
    Params:   decoder_param nchannels; total_region
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Li et al., CCN (2019); limuhit CCN caffe/src/caffe/layers/decoder_output_layer.cpp
    """

    type = "DecoderOutput"
    origin = "CCN"
    bottoms, tops = 1, 1
    param_field = "decoder_param"

    def shapes(self, x: Site) -> list[Shape]:
        n, c, h, w = x.shape(0, 4, 4)
        return [(n * h * w + 1, 1, 1, c // max(1, x.param.decoder_param.nchannels) + 1)]
