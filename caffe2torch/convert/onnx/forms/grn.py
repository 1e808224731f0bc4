"""GRN: the sum of squares over the channels written out, then Div."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC, FLOAT32 = "spatial", True


def write(x: Place, w: Writer) -> str:
    """Pixels divided by the length of their channels."""
    value = x.bottoms[0]
    if len(x.shapes[0]) < 4:
        value = w.reshape(value, x.tops[0], x.batch)
    total = w.reduce("ReduceSum", w.op("Mul", value, value), [1])
    bias = w.constant(x.param.grn_param.bias)
    return str(w.op("Div", value, w.op("Sqrt", w.op("Add", total, bias))))
