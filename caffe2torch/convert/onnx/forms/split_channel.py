"""SplitChannel: Slice."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """The first channels."""
    return w.slice(x.bottoms[0], [0], [x.tops[0][1]], [1])
