"""Clip: the same operator."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """Between min and max."""
    param = x.param.clip_param
    if param.min > param.max:  # the operator Clip leaves open what it does then
        return str(w.op("Max", w.op("Min", x.bottoms[0], w.constant(param.max)),
                        w.constant(param.min)))  # fmt: skip
    return str(w.op("Clip", x.bottoms[0], w.constant(param.min), w.constant(param.max)))
