"""Log: the logarithm of shift + scale · x."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer
from caffe2torch.layers.exp import log_of_base

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """Other bases than e are a factor behind."""
    param = x.param.log_param
    factor = 1 / log_of_base(param.base, "log_param.base")
    value = x.bottoms[0]
    if param.scale != 1:
        value = w.op("Mul", value, w.constant(param.scale))
    if param.shift != 0:
        value = w.op("Add", value, w.constant(param.shift))
    value = w.op("Log", value)
    return str(value if factor == 1 else w.op("Mul", value, w.constant(factor)))
