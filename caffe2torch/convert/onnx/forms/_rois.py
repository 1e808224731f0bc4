"""Averages over bins of regions as products with weights of rows and columns."""

from __future__ import annotations

import numpy as np

from caffe2torch.convert.onnx.forms._nms import flat, gate, part
from caffe2torch.convert.onnx.writer import Writer


def rounded(w: Writer, value: str) -> str:
    """Rounded as C's round does, halves away from zero; Round takes the even one."""
    size = w.op("Abs", value)
    whole = w.op("Floor", size)
    up = gate(w, w.op("Not", w.op("Less", w.op("Sub", size, whole), w.constant(0.5))))
    return str(w.op("Mul", w.op("Sign", value), w.op("Add", whole, up)))


def bin_weights(w: Writer, start: str, end: str, bins: int, length: int) -> str:
    """Weights (R, bins, length) that average the pixels of each bin of intervals (R, 1)."""
    size = w.op("Max", w.op("Sub", end, start), w.constant(0.1))
    step = w.op("Div", size, w.constant(float(bins)))

    def edge(kind: str, first: int) -> str:
        places = w.op("Mul", w.constant(np.arange(first, first + bins)[None]), step)
        pixel = w.op(kind, w.op("Add", places, start))
        inside = w.op("Clip", pixel, w.constant(0.0), w.constant(float(length)))
        return w.unsqueeze(inside, 2)

    first, last = edge("Floor", 0), edge("Ceil", 1)
    pixels = w.constant(np.arange(length)[None, None])
    inside = gate(
        w, w.op("And", w.op("Not", w.op("Less", pixels, first)), w.op("Less", pixels, last))
    )
    count = w.op("Max", w.op("Sub", last, first), w.constant(1.0))
    return str(w.op("Div", inside, count))


def region_parts(w: Writer, regions: str, scale: float) -> list[str]:
    """Image, and left, top, right, bottom of R-FCN's regions in pixels of the map, (R, 1) each."""
    regions = flat(w, regions, (-1, 5))
    corners = rounded(w, part(w, regions, 1, 5))
    corners = w.op("Add", corners, w.constant([0.0, 0.0, 1.0, 1.0]))
    corners = w.op("Mul", corners, w.constant(scale))
    return [part(w, regions, 0, 1), *(part(w, corners, i, i + 1) for i in range(4))]
