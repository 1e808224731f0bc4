"""Exp: base ^ (shift + scale · x)."""

from __future__ import annotations

import math

from caffe2torch.convert.onnx.writer import Place, Writer
from caffe2torch.layers.exp import log_of_base

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """Written as exp of a multiple, as Caffe computes it."""
    param = x.param.exp_param
    log = log_of_base(param.base, "exp_param.base")
    inner, outer = log * param.scale, math.exp(log * param.shift)
    value = x.bottoms[0] if inner == 1 else w.op("Mul", x.bottoms[0], w.constant(inner))
    value = w.op("Exp", value)
    return str(value if outer == 1 else w.op("Mul", value, w.constant(outer)))
