"""Mish: Softplus, Tanh and Mul."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """Every value by itself; the operator Mish came with opset 18."""
    return str(w.op("Mul", x.bottoms[0], w.op("Tanh", w.op("Softplus", x.bottoms[0]))))
