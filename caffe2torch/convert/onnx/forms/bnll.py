"""BNLL: log(1 + exp(x))."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """Softplus."""
    return str(w.op("Softplus", x.bottoms[0]))
