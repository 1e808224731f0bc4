"""MatrixMultiplication: MatMul."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "none"


def write(x: Place, w: Writer) -> str:
    """Of the last two axes."""
    return str(w.op("MatMul", *x.bottoms))
