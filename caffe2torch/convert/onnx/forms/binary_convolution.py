"""BinaryConvolution: Conv with the signs of the weights, times the mean size of each filter."""

from __future__ import annotations

from dataclasses import replace

from caffe2torch.convert.onnx.forms._signs import signed
from caffe2torch.convert.onnx.forms.convolution import DYNAMIC as DYNAMIC
from caffe2torch.convert.onnx.forms.convolution import slide
from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> list[str]:
    """The signs are taken here, once."""
    blobs = signed(x, x.param.binary_convolution_param)
    return slide(replace(x, blobs=blobs), w, "Conv")
