"""Softmax: the same operator."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> str:
    """Along one axis."""
    axis = x.site.axis(x.param.softmax_param.axis, "softmax_param.axis")
    return str(w.op("Softmax", x.bottoms[0], axis=axis))
