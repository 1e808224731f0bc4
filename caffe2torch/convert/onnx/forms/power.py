"""Power: (shift + scale · x) ^ power."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer
from caffe2torch.layers.power import constant_power

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """A power or scale of 0 gives one constant whatever x is."""
    param = x.param.power_param
    power, scale, shift = param.power, param.scale, param.shift
    value = x.bottoms[0]
    if power * scale == 0:
        nothing = w.op("Mul", value, w.constant(0.0))
        return str(w.op("Add", nothing, w.constant(constant_power(shift, power))))
    if scale != 1:
        value = w.op("Mul", value, w.constant(scale))
    if shift != 0:
        value = w.op("Add", value, w.constant(shift))
    if power != 1:
        value = w.op("Mul", value, value) if power == 2 else w.op("Pow", value, w.constant(power))
    return str(value)
