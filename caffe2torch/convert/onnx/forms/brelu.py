"""BReLU: Clip."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """Between minval and maxval."""
    param = x.param.brelu_param
    return str(w.op("Clip", x.bottoms[0], w.constant(param.minval), w.constant(param.maxval)))
