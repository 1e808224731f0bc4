"""BroadcastMul: Mul by one number for each item and channel."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer
from caffe2torch.layers.broadcast_mul import ordered


def write(x: Place, w: Writer) -> str:
    """The smaller bottom is the factor, in whatever shape."""
    data, scale = ordered(x.site)
    shape = (*x.shapes[data][:2], *(1,) * (len(x.shapes[data]) - 2))
    factor = x.bottoms[scale]
    if x.shapes[scale] != shape:
        factor = w.reshape(factor, shape, x.varies(scale))
    return str(w.op("Mul", x.bottoms[data], factor))
