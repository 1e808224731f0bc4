"""ConstScale: Mul and Add."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """scale · x + bias."""
    param = x.param.const_scale_param
    scaled = w.op("Mul", x.bottoms[0], w.constant(param.scale))
    return str(w.op("Add", scaled, w.constant(param.bias)))
