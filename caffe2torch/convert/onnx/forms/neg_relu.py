"""NegReLU: LeakyRelu, or Relu, of the negative."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """min(x, 0) + s · max(x, 0) is -(max(-x, 0) + s · min(-x, 0))."""
    negative = w.op("Neg", x.bottoms[0])
    return str(w.op("Neg", w.op("LeakyRelu", negative, alpha=x.param.relu_param.negative_slope)))
