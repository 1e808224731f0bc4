"""EltwiseAffine: Mul and Add of one number a channel."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """Shared ones are a single number."""
    behind = (1,) * (len(x.shapes[0]) - 2)
    slope, bias = (
        w.weight(x.node.name, key, x.blobs[key].reshape(-1, *behind)) for key in ("slope", "bias")
    )
    return str(w.op("Add", w.op("Mul", x.bottoms[0], slope), bias))
