"""Clip: the same operator."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> str:
    """Between min and max."""
    param = x.param.clip_param
    return str(w.op("Clip", x.bottoms[0], w.constant(param.min), w.constant(param.max)))
