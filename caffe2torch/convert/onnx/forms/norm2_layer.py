"""Norm2Layer: rows of length 1; a row of zeros stays."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

FLOAT32 = True


def write(x: Place, w: Writer) -> str:
    """(N, any) -> (N, C)."""
    rows = w.reshape(x.bottoms[0], x.tops[0], x.batch)
    size = w.op("Sqrt", w.reduce("ReduceSum", w.op("Mul", rows, rows), [1]))
    empty = w.op("Equal", size, w.constant(0.0))
    return str(w.op("Div", rows, w.op("Where", empty, w.constant(1.0), size)))
