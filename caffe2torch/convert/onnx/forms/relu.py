"""ReLU: Relu, or LeakyRelu with a slope."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """negative_slope 0 is Relu."""
    slope = x.param.relu_param.negative_slope
    if slope:
        return str(w.op("LeakyRelu", x.bottoms[0], alpha=slope))
    return str(w.op("Relu", x.bottoms[0]))
