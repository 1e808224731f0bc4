"""Netvlad: MatMul of assignments and features, and the centres by the sums of assignments."""

from __future__ import annotations

import math

from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> str:
    """Residuals summed by assignment."""
    (n, centres, high, wide), size = x.shapes[0], x.shapes[1][1]
    places = math.prod((high, wide))
    assigned = w.reshape(x.bottoms[0], (n, centres, places), x.batch)
    features = w.reshape(x.bottoms[1], (n, size, places), x.batch)
    sums = w.op("MatMul", assigned, w.op("Transpose", features, perm=[0, 2, 1]))
    weight = w.weight(x.node.name, "weight", x.blobs["weight"])
    parts = w.op("Mul", w.reduce("ReduceSum", assigned, [2]), weight)
    return w.reshape(w.op("Add", sums, parts), x.tops[0], x.batch)
