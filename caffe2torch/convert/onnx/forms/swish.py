"""Swish: x · sigmoid(beta · x)."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """Written out, since the operator of that name is younger than most engines."""
    beta, value = x.param.swish_param.beta, x.bottoms[0]
    gate = w.op("Sigmoid", value if beta == 1 else w.op("Mul", value, w.constant(beta)))
    return str(w.op("Mul", value, gate))
