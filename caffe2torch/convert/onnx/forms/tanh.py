"""TanH: Tanh."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """Every value by itself."""
    return str(w.op("Tanh", x.bottoms[0]))
