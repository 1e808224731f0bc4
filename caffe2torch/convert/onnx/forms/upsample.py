"""Upsample: values put where a mask says, by ScatterElements, or pixels repeated by Resize."""

from __future__ import annotations

import numpy as np
from onnx import TensorProto

from caffe2torch.convert.onnx.forms._nms import flat, gate, part
from caffe2torch.convert.onnx.forms._picked import picked
from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> str:
    """A mask counts inside its own plane, so that planes are rows that values are put into."""
    if len(x.bottoms) == 1:
        return _stretched(x, w)
    n, c, h, wide = x.tops[0]
    places = x.shapes[0][2] * x.shapes[0][3]
    values = flat(w, x.bottoms[0], (-1, places))
    index = w.op("Cast", flat(w, x.bottoms[1], (-1, places)), to=TensorProto.INT64)
    if x.batch:
        first = part(w, values, 0, 1)
        blank = w.op("Tile", gate(w, w.op("Less", first, first)), w.ints(1, h * wide))
    else:
        blank = w.constant(np.zeros((n * c, h * wide)))
    filled = w.op("ScatterElements", blank, index, values, axis=1)
    return flat(w, filled, (-1 if x.batch else n, c, h, wide))


def _stretched(x: Place, w: Writer) -> str:
    """Whole factors repeat pixels; other sizes take the pixel to the left and above."""
    pairs = list(zip(x.shapes[0][2:], x.tops[0][2:], strict=True))
    if all(out % size == 0 for size, out in pairs):
        factors = [1.0, 1.0, *(out / size for size, out in pairs)]
        return w.resize(
            x.bottoms[0], factors, coordinate_transformation_mode="asymmetric", mode="nearest",
            nearest_mode="floor",
        )  # fmt: skip
    value = x.bottoms[0]
    for axis, (size, out) in enumerate(pairs, 2):
        step = np.float32(size / out)
        places = np.floor(np.arange(out, dtype=np.float32) * step)
        value = picked(w, value, axis, [min(int(p), size - 1) for p in places])
    return value
