"""ConvolutionDepthwise: Conv with a group a channel."""

from __future__ import annotations

from caffe2torch.convert.onnx.forms.convolution import convolve
from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> list[str]:
    """The layer's own group is what its type says."""
    return convolve(x, w, x.node.layer.group(x.site))
