"""MultinomialLogisticLoss: minus the logarithm of the label's probability, at least 1e-20."""

from __future__ import annotations

import math

from caffe2torch.convert.onnx.forms._losses import one_hot, total
from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC, FLOAT32 = "none", True


def write(x: Place, w: Writer) -> str:
    """The labels count the values of an item flat."""
    n, size = x.shapes[0][0], math.prod(x.shapes[0][1:])
    hot = one_hot(w, x.bottoms[1], (n, size), 1)
    picked = w.reduce("ReduceSum", w.op("Mul", w.reshape(x.bottoms[0], (n, size)), hot), [1])
    return total(w, w.op("Log", w.op("Max", picked, w.constant(1e-20))), 2, -1 / n)
