"""OrdinalDecodeLayer: how many pairs of channels rise."""

from __future__ import annotations

from caffe2torch.convert.onnx.forms._nms import gate
from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> str:
    """Odd channels against the even ones before them."""
    channels = x.shapes[0][1]
    low = w.slice(x.bottoms[0], [0], [channels], [1], [2])
    high = w.slice(x.bottoms[0], [1], [channels], [1], [2])
    return w.reduce("ReduceSum", gate(w, w.op("Greater", high, low)), [1])
