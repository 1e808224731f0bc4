"""SeLU: Elu times a factor, which takes any alpha."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """The operator Selu keeps its alpha in half precision in some engines."""
    param = x.param.selu_param
    y = w.op("Elu", x.bottoms[0], alpha=param.alpha)
    return str(w.op("Mul", y, w.constant(getattr(param, "lambda"))))
