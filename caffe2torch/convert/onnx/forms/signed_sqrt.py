"""SignedSqrt: Sqrt of Abs, times Sign."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """sign(x) · sqrt(|x|)."""
    value = x.bottoms[0]
    return str(w.op("Mul", w.op("Sign", value), w.op("Sqrt", w.op("Abs", value))))
