"""Interp: Resize with aligned corners, after a Slice for the pixels that are cut."""

from __future__ import annotations

import numpy as np

from caffe2torch.convert.onnx.forms._picked import picked
from caffe2torch.convert.onnx.writer import Place, Writer
from caffe2torch.layers.interp import settings_of


def write(x: Place, w: Writer) -> str:
    """To constant sizes; the nearest pixel is known beforehand."""
    settings = settings_of(x.site)
    value, shape = x.bottoms[0], (*x.shapes[0], *(1,) * (4 - len(x.shapes[0])))
    if len(x.shapes[0]) < 4:
        value = w.reshape(value, shape, x.batch)
    before, after = settings.get("crop", (0, 0))
    sizes = [size - before - after for size in shape[2:]]
    if before or after:
        value = w.slice(value, [before] * 2, [before + size for size in sizes], [2, 3])
    pairs = list(zip(sizes, x.tops[0][2:], strict=True))
    if settings.get("nearest"):
        for axis, (size, out) in enumerate(pairs, 2):
            value = picked(w, value, axis, _nearest(size, out))
        return value
    # a single pixel is repeated: OpenCV 5 divides by the distance of the outer ones, which is 0
    for axis, (size, out) in enumerate(pairs, 2):
        if size == 1 and out > 1:
            value, pairs[axis - 2] = picked(w, value, axis, [0] * out), (out, out)
    if all(size == out for size, out in pairs):
        return value
    # a little more than the factor, so that the product rounds down to the size that is wanted
    factors = [1.0, 1.0, *((out + 1e-3) / size for size, out in pairs)]
    return w.resize(value, factors, coordinate_transformation_mode="align_corners", mode="linear")


def _nearest(size: int, out: int) -> list[int]:
    """The pixel that each new one takes, halves rounded up."""
    step = np.float32((size - 1) / max(1, out - 1))
    place = np.arange(out, dtype=np.float32) * step + np.float32(0.5)
    return [int(p) for p in np.minimum(np.floor(place), size - 1)]
