"""Upsample: values put where a mask says, by ScatterND, or pixels repeated by Resize."""

from __future__ import annotations

import numpy as np
from onnx import TensorProto

from caffe2torch.convert.onnx.forms._nms import flat
from caffe2torch.convert.onnx.forms._picked import picked
from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "none"


def write(x: Place, w: Writer) -> str:
    """A mask counts inside its own plane, so that each plane begins where the last one ends."""
    n, c, h, wide = x.tops[0]
    if len(x.bottoms) == 1:
        return _stretched(x, w)
    planes, places = n * c, x.shapes[0][2] * x.shapes[0][3]
    index = w.op("Cast", flat(w, x.bottoms[1], (planes, places)), to=TensorProto.INT64)
    starts = w.constant(np.arange(planes)[:, None] * h * wide, np.int64)
    index = flat(w, w.op("Add", index, starts), (planes * places, 1))
    blank = w.constant(np.zeros(planes * h * wide))
    values = flat(w, x.bottoms[0], (planes * places,))
    return flat(w, w.op("ScatterND", blank, index, values), x.tops[0])


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
