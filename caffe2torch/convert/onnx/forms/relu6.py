"""ReLU6: Clip to [0, 6], or LeakyRelu and Min with a slope."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """Every value by itself."""
    slope = x.param.relu6_param.negative_slope
    if slope:
        leaky = w.op("LeakyRelu", x.bottoms[0], alpha=slope)
        return str(w.op("Min", leaky, w.constant(6.0)))
    return str(w.op("Clip", x.bottoms[0], w.constant(0.0), w.constant(6.0)))
