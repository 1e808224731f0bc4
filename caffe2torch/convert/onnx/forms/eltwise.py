"""Eltwise: Add, Mul and Max in the order of the bottoms."""

from __future__ import annotations

from caffe2torch import caffe_pb2 as pb
from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """A sum multiplies each bottom by its coefficient first."""
    param = x.param.eltwise_param
    values = list(x.bottoms)
    if param.operation == pb.EltwiseParameter.SUM and param.coeff:
        values = [
            value if factor == 1 else w.op("Mul", value, w.constant(factor))
            for value, factor in zip(values, param.coeff, strict=True)
        ]
    if param.operation not in KINDS:
        raise w.refuse(x, "combines its bottoms by an operation of a fork")
    total = values[0]
    for value in values[1:]:
        total = w.op(KINDS[param.operation], total, value)
    return total


KINDS = {
    pb.EltwiseParameter.PROD: "Mul",
    pb.EltwiseParameter.SUM: "Add",
    pb.EltwiseParameter.MAX: "Max",
}
