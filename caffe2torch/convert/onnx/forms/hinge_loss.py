"""HingeLoss: max(0, 1 - s), the scores negated for wrong classes, or its square."""

from __future__ import annotations

import math

from caffe2torch.convert.onnx.forms._losses import one_hot, total
from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC, FLOAT32 = "none", True


def write(x: Place, w: Writer) -> str:
    """The labels count the values of an item flat."""
    n, size = x.shapes[0][0], math.prod(x.shapes[0][1:])
    labels = w.slice(w.reshape(x.bottoms[1], (-1,)), [0], [n], [0])
    hot = one_hot(w, labels, (n, size), 1)
    sign = w.op("Sub", w.constant(1.0), w.op("Mul", hot, w.constant(2.0)))
    scores = w.op("Mul", w.reshape(x.bottoms[0], (n, size)), sign)
    margin = w.op("Relu", w.op("Add", scores, w.constant(1.0)))
    param = x.param.hinge_loss_param
    value = w.op("Mul", margin, margin) if param.norm == param.L2 else margin
    return total(w, value, 2, 1 / n)
