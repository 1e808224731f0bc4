"""Quant: values of a few levels, each a step of the one before."""

from __future__ import annotations

from itertools import pairwise

from caffe2torch.convert.onnx.forms._nms import gate
from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """By forward_func."""
    p, value = x.param.quant_param, x.bottoms[0]
    zero = w.constant(0.0)
    if p.forward_func == "sign":
        negative = w.op("Less", value, zero)
        return str(w.op("Where", negative, w.constant(-1.0), w.constant(1.0)))
    if p.forward_func == "hard_tanh":
        return str(w.op("Clip", value, w.constant(-1.0), w.constant(1.0)))
    if p.forward_func == "relu":
        return str(w.op("LeakyRelu", value, alpha=p.negative_slope))
    level = w.op("Add", w.op("Mul", value, zero), w.constant(p.centers[0]))
    ends = list(p.thrs) or [(a + b) / 2 for a, b in pairwise(p.centers)]
    for end, (low, high) in zip(ends, pairwise(p.centers), strict=False):
        step = w.op("Mul", gate(w, w.op("Greater", value, w.constant(end))), w.constant(high - low))
        level = w.op("Add", level, step)
    positive = w.op("Greater", value, zero)
    return str(w.op("Where", positive, level, w.constant(-p.negative_slope)))
