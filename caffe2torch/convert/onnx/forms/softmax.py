"""Softmax: the same operator."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """Along one axis."""
    axis = x.site.axis(x.param.softmax_param.axis, "softmax_param.axis")
    value, temperature = x.bottoms[0], x.param.softmax_param.scaling_temperature
    if temperature != 1:
        value = w.op("Div", value, w.constant(temperature))
    return w.softmax(value, axis, len(x.shapes[0]))
