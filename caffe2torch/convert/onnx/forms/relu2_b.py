"""ReLU2B: the levels that a value exceeds, added up."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """One of four levels, 0 up to thresh."""
    param, value = x.param.relu_param, x.bottoms[0]
    delta = w.constant(param.delta)
    total = delta
    for bound in (1.5, 2.5):
        above = w.op("Greater", value, w.constant(bound * param.delta))
        total = w.op("Add", total, w.op("Where", above, delta, w.constant(0.0)))
    positive = w.op("Greater", value, w.constant(param.thresh))
    return str(w.op("Where", positive, total, w.constant(0.0)))
