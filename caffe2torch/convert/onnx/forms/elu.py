"""ELU: the same operator."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """A fork's lambda is a factor behind."""
    param = x.param.elu_param
    value, factor = w.op("Elu", x.bottoms[0], alpha=param.alpha), getattr(param, "lambda")
    return str(value if factor == 1 else w.op("Mul", value, w.constant(factor)))
