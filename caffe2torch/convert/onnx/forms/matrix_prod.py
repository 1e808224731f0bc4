"""MatrixProd: MatMul."""

from __future__ import annotations

import math

from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> str:
    """The product of two matrices for each item."""
    (n, rows, *rest) = x.shapes[1]
    if x.shapes[0][0] == 1 and x.batch:
        raise w.needs_sizes(x)
    left = x.shapes[0][1] if x.shapes[0][0] == n else 1
    a = w.reshape(x.bottoms[0], (n, left, rows), x.batch)
    b = w.reshape(x.bottoms[1], (n, rows, math.prod(rest)), x.batch)
    return w.reshape(w.op("MatMul", a, b), x.tops[0], x.batch)
