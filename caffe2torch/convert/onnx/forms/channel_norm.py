"""ChannelNorm: ReduceL2 over the channels."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """One channel stays."""
    return w.reduce("ReduceL2", x.bottoms[0], [1])
