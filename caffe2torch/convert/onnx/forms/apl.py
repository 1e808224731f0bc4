"""APL: Relu of the value and of each hinge, Mul and ReduceSum."""

from __future__ import annotations

import math

from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> str:
    """A rectifier plus hinges."""
    shape, size = x.shapes[0], math.prod(x.shapes[0][1:])
    slope, offset = (
        w.weight(x.node.name, key, x.blobs[key].reshape(size, -1)) for key in ("slope", "offset")
    )
    rows = w.reshape(x.bottoms[0], (shape[0], size, 1), x.batch)
    hinges = w.op("Mul", w.op("Relu", w.op("Sub", offset, rows)), slope)
    total = w.reshape(w.reduce("ReduceSum", hinges, [2]), shape, x.batch)
    return str(w.op("Add", w.op("Relu", x.bottoms[0]), total))
