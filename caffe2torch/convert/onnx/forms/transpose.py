"""Transpose: the same operator."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> str:
    """Axis dim[i] of x becomes axis i."""
    return str(w.op("Transpose", x.bottoms[0], perm=list(x.param.transpose_param.dim)))
