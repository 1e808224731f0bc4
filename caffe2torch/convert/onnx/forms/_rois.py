"""Places in regions, and averages over their bins by weights of rows and columns."""

from __future__ import annotations

from dataclasses import dataclass
from math import frexp

import numpy as np

from caffe2torch.convert.onnx.forms._nms import flat, gate, part
from caffe2torch.convert.onnx.writer import Array, Writer


@dataclass(frozen=True)
class Edges:
    """Regions along one axis, (R, 1) each.

    start, end: in pixels of the map
    size:       in whole pixels of the image
    """

    start: str
    end: str
    size: str


def rounded(w: Writer, value: str) -> str:
    """Rounded as C's round does, halves away from zero; Round takes the even one."""
    size = w.op("Abs", value)
    whole = w.op("Floor", size)
    up = gate(w, w.op("Not", w.op("Less", w.op("Sub", size, whole), w.constant(0.5))))
    return str(w.op("Mul", w.op("Sign", value), w.op("Add", whole, up)))


def looked_up(w: Writer, size: str, table: Array) -> str:
    """Rows (R, ...) of a table for whole sizes (R, 1); larger ones take its last row.

    A table where Caffe divides: OpenVINO multiplies by the reciprocal, which makes 14 / 7 more than
    2, and gives bins a pixel too many.
    """
    last = w.constant(float(len(table) - 1))
    index = w.op("Cast", w.op("Min", w.op("Max", size, w.constant(0.0)), last), to=7)
    return str(w.op("Gather", w.constant(table), flat(w, index, (-1,)), axis=0))


def sizes_up_to(length: int, scale: float = 1.0) -> Array:
    """Sizes of regions 0, 1, 2 ... in pixels of the image, to far more than a map's length."""
    return np.arange(int(max(4 * length, 512) / scale) + 1, dtype=np.float32)


def bin_weights(w: Writer, edges: Edges, bins: int, length: int, scale: float) -> str:
    """Weights (R, bins, length) that average the pixels of each bin of intervals.

    Source: R-FCN's psroi_pooling_layer.cu, PSROIPoolingForward
    """
    if frexp(scale)[0] == 0.5:  # a power of two: the size is the scaled difference
        sizes = np.maximum(sizes_up_to(length, scale) * np.float32(scale), np.float32(0.1))
        step = looked_up(w, edges.size, sizes[:, None] / np.float32(bins))
    else:
        size = w.op("Max", w.op("Sub", edges.end, edges.start), w.constant(0.1))
        step = w.op("Div", size, w.constant(float(bins)))

    def edge(kind: str, first: int) -> str:
        places = w.op("Mul", w.constant(np.arange(first, first + bins)[None]), step)
        pixel = w.op(kind, w.op("Add", places, edges.start))
        inside = w.op("Clip", pixel, w.constant(0.0), w.constant(float(length)))
        return w.unsqueeze(inside, 2)

    first, last = edge("Floor", 0), edge("Ceil", 1)
    pixels = w.constant(np.arange(length)[None, None])
    inside = gate(
        w, w.op("And", w.op("Not", w.op("Less", pixels, first)), w.op("Less", pixels, last))
    )
    count = w.op("Max", w.op("Sub", last, first), w.constant(1.0))
    return str(w.op("Div", inside, count))


def region_parts(w: Writer, regions: str, scale: float) -> tuple[str, Edges, Edges]:
    """Images (R, 1), columns and rows of R-FCN's regions."""
    regions = flat(w, regions, (-1, 5))
    corners = rounded(w, part(w, regions, 1, 5))
    corners = w.op("Add", corners, w.constant([0.0, 0.0, 1.0, 1.0]))
    sizes = w.op("Sub", part(w, corners, 2, 4), part(w, corners, 0, 2))
    corners = w.op("Mul", corners, w.constant(scale))
    columns, rows = (
        Edges(part(w, corners, i, i + 1), part(w, corners, i + 2, i + 3), part(w, sizes, i, i + 1))
        for i in range(2)
    )
    return part(w, regions, 0, 1), columns, rows


def plane(w: Writer, row: str, column: str, width: int) -> str:
    """row · width + column for all pairs: (R, A) and (R, B) -> (R, A, B)."""
    first = w.op("Mul", w.unsqueeze(row, 2), w.constant(width, np.int64))
    return str(w.op("Add", first, w.unsqueeze(column, 1)))
