"""L2Norm: the sum of squares written out, then Div."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

FLOAT32 = True


def write(x: Place, w: Writer) -> str:
    """Items divided by their length."""
    value = x.bottoms[0]
    axes = list(range(1, len(x.shapes[0])))
    total = w.reduce("ReduceSum", w.op("Mul", value, value), axes)
    return str(w.op("Div", value, w.op("Sqrt", total)))
