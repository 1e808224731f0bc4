"""Threshold: Greater, as 1 and 0."""

from __future__ import annotations

from caffe2torch.convert.onnx.forms._nms import gate
from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """1 where x is above the threshold."""
    bound = w.constant(x.param.threshold_param.threshold)
    return gate(w, w.op("Greater", x.bottoms[0], bound))
