"""Intranorm: Reshape to parts, the sum of squares written out, Div."""

from __future__ import annotations

import math

from caffe2torch.convert.onnx.writer import Place, Writer

FLOAT32 = True


def write(x: Place, w: Writer) -> str:
    """Parts of items divided by their length."""
    n, parts = x.shapes[0][0], x.param.intranorm_param.cluster_num
    rows = w.reshape(x.bottoms[0], (n, parts, math.prod(x.shapes[0][1:]) // parts), x.batch)
    total = w.reduce("ReduceSum", w.op("Mul", rows, rows), [2])
    length = w.op("Sqrt", w.op("Add", total, w.constant(1e-12)))
    return w.reshape(w.op("Div", rows, length), x.tops[0], x.batch)
