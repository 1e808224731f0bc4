"""Axpy: a number a channel times x, plus y."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """Bottoms are the scale (N, C), x and y."""
    scale = x.bottoms[0]
    if len(x.shapes[0]) < len(x.shapes[1]):
        scale = w.reshape(scale, (*x.shapes[0], *(1,) * (len(x.shapes[1]) - len(x.shapes[0]))),
                          x.batch)  # fmt: skip
    return str(w.op("Add", w.op("Mul", scale, x.bottoms[1]), x.bottoms[2]))
