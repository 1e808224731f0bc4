"""Noise: Identity, as in TEST."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """The value as it is."""
    return str(w.op("Identity", x.bottoms[0]))
