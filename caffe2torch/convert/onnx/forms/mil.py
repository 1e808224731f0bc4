"""MIL: ReduceMax, and for NOR a ReduceProd beside it."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """1 - product of (1 - p), and at least the largest p."""
    largest = w.reduce("ReduceMax", x.bottoms[0], [2, 3])
    if x.param.mil_param.type != x.param.mil_param.NOR:
        return largest
    one = w.constant(1.0)
    none = w.reduce("ReduceProd", w.op("Sub", one, x.bottoms[0]), [2, 3])
    return str(w.op("Max", w.op("Sub", one, none), largest))
