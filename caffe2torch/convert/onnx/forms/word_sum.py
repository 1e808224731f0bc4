"""WordSum: MatMul and Add."""

from __future__ import annotations

import math

from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> str:
    """Sums of rows, and a bias for each number."""
    n, rows, *rest = x.shapes[0]
    value = w.reshape(x.bottoms[0], (n, rows, math.prod(rest)), x.batch)
    value = w.op("MatMul", w.weight(x.node.name, "weight", x.blobs["weight"]), value)
    if "bias" in x.blobs:
        bias = x.blobs["bias"].reshape(x.param.word_sum_param.num_output, -1)
        value = w.op("Add", value, w.weight(x.node.name, "bias", bias))
    return w.reshape(value, x.tops[0], x.batch)
