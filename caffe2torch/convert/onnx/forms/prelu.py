"""PReLU: the same operator, slopes shaped to broadcast over the axes behind the channels."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """One slope, or one a channel."""
    slopes = x.blobs["weight"].reshape(-1)
    shape = (len(slopes), *(1,) * (len(x.shapes[0]) - 2))
    return str(w.op("PRelu", x.bottoms[0], w.weight(x.node.name, "weight", slopes.reshape(shape))))
