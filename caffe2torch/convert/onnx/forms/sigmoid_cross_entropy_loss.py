"""SigmoidCrossEntropyLoss: max(x, 0) - x · t + log(1 + exp(-|x|)), summed and divided."""

from __future__ import annotations

import math

from onnx import TensorProto

from caffe2torch.convert.onnx.forms._losses import added, averaged, ignored
from caffe2torch.convert.onnx.forms._nms import gate
from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC, FLOAT32 = "none", True


def write(x: Place, w: Writer) -> str:
    """Targets are cut down to whole numbers where some do not count."""
    value, target = (w.reshape(bottom, (-1,)) for bottom in x.bottoms)
    small = w.op("Exp", w.op("Neg", w.op("Abs", value)))
    cost = w.op("Sub", w.op("Relu", value), w.op("Mul", value, target))
    cost = w.op("Add", cost, w.op("Log", w.op("Add", small, w.constant(1.0))))
    valid, ignore = "", ignored(x)
    if ignore is not None:
        whole = w.op("Cast", w.op("Cast", target, to=TensorProto.INT32), to=TensorProto.FLOAT)
        valid = gate(w, w.op("Not", w.op("Equal", whole, w.constant(float(ignore)))))
        cost = w.op("Mul", cost, valid)
    count = math.prod(x.shapes[0])
    return averaged(x, w, added(w, cost, 1), valid, count, x.shapes[0][0], default="BATCH_SIZE")
