"""ReLU6: Clip to [0, 6]."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """Every value by itself."""
    return str(w.op("Clip", x.bottoms[0], w.constant(0.0), w.constant(6.0)))
