"""SimpleLayer: ten times its bottom."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """10 · x."""
    return str(w.op("Mul", x.bottoms[0], w.constant(10.0)))
