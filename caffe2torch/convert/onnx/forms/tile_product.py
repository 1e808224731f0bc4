"""TileProduct: Mul."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """Maps times one map."""
    return str(w.op("Mul", *x.bottoms))
