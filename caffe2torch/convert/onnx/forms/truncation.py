"""Truncation: Max and Min."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer
from caffe2torch.layers.truncation import Truncation

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """Between the two bounds."""
    low, high = Truncation().bounds(x.site)
    return str(w.op("Min", w.op("Max", x.bottoms[0], w.constant(low)), w.constant(high)))
