"""MaskPooling: Mul."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """Maps times masks of one channel."""
    return str(w.op("Mul", *x.bottoms))
