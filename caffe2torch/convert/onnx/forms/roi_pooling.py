"""ROIPooling: the largest of four windows whose maxima are known beforehand.

Maxima over windows of 2^i by 2^j pixels are computed for the whole map. The bin of a region is
covered by four such windows that may overlap, as in a sparse table. MaxRoiPool is the same in one
operator, which few engines have.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from onnx import TensorProto

from caffe2torch.convert.onnx.forms._nms import flat, gate, part
from caffe2torch.convert.onnx.forms._rois import looked_up, plane, rounded, sizes_up_to
from caffe2torch.convert.onnx.writer import Array, Place, Writer
from caffe2torch.layers.roi_pooling import pooled_size

DYNAMIC, FLOAT32 = "none", True


@dataclass(frozen=True)
class Bins:
    """Bins of all regions along one axis, (R, bins) int64 each.

    level:         windows of 2^level pixels cover them
    first, second: where two such windows begin
    empty:         1 for a bin without a pixel, as float32
    """

    level: str
    first: str
    second: str
    empty: str


def write(x: Place, w: Writer) -> str:
    """Regions may come in four axes. A bin without a pixel gives 0."""
    n, c, h, wide = x.shapes[0]
    scale = w.constant(x.param.roi_pooling_param.spatial_scale)
    regions = x.bottoms[1] if len(x.shapes[1]) == 2 else flat(w, x.bottoms[1], (-1, 5))
    corners = rounded(w, w.op("Mul", part(w, regions, 1, 5), scale))
    edges = [part(w, corners, i, i + 1) for i in range(4)]
    pooled = pooled_size(x.site)
    rows = bins(w, edges[1], edges[3], pooled[0], h)
    columns = bins(w, edges[0], edges[2], pooled[1], wide)
    image = w.op("Cast", part(w, regions, 0, 1), to=TensorProto.INT64)
    values = flat(w, w.op("Transpose", _windows(x, w), perm=[0, 1, 3, 4, 2]), (-1, c))

    def at(row: str, column: str) -> str:
        """Maxima (R, pooled_h, pooled_w, C) of the windows that begin there."""
        level = plane(w, rows.level, columns.level, _levels(wide))
        place = w.op("Add", w.op("Mul", level, w.constant(n, np.int64)), w.unsqueeze(image, 2))
        place = w.op("Mul", place, w.constant(h * wide, np.int64))
        place = w.op("Add", place, plane(w, row, column, wide))
        return str(w.op("Gather", values, place, axis=0))

    starts = [(r, s) for r in (rows.first, rows.second) for s in (columns.first, columns.second)]
    best = w.op("Max", *(at(row, column) for row, column in starts))
    empty = w.op("Max", w.unsqueeze(rows.empty, 2), w.unsqueeze(columns.empty, 1))
    none = w.op("Greater", w.unsqueeze(empty, 3), w.constant(0.0))
    best = w.op("Where", none, w.constant(0.0), best)
    return str(w.op("Transpose", best, perm=[0, 3, 1, 2]))


def bins(w: Writer, first: str, last: str, count: int, length: int) -> Bins:
    """The bins between the pixels `first` and `last` (R, 1), ends included.

    Source: py-faster-rcnn's caffe roi_pooling_layer.cpp, Forward_cpu
    """
    size = w.op("Add", w.op("Sub", last, first), w.constant(1.0))
    steps = np.maximum(sizes_up_to(length), 1)[:, None] / np.float32(count)

    def edge(places: Array) -> str:
        pixel = w.op("Add", looked_up(w, size, places), first)
        return str(w.op("Clip", pixel, w.constant(0.0), w.constant(float(length))))

    numbers = np.arange(count, dtype=np.float32)
    begin, end = edge(np.floor(numbers * steps)), edge(np.ceil((numbers + 1) * steps))
    pixels = w.op("Sub", end, begin)
    empty = gate(w, w.op("Less", pixels, w.constant(1.0)))
    level = w.op("Mul", pixels, w.constant(0.0))
    for power in range(1, _levels(length)):
        reached = gate(w, w.op("Less", w.constant(2.0**power - 0.5), pixels))
        level = w.op("Add", level, reached)
    level = w.op("Cast", level, to=TensorProto.INT64)
    side = w.op("Gather", w.constant(2.0 ** np.arange(_levels(length))), level, axis=0)
    most = w.constant(float(length - 1))

    def pixel(value: str) -> str:
        inside = w.op("Clip", value, w.constant(0.0), most)
        return str(w.op("Cast", inside, to=TensorProto.INT64))

    return Bins(level, pixel(begin), pixel(w.op("Sub", end, side)), empty)


def _levels(length: int) -> int:
    """How many powers of two are no more than a length."""
    return length.bit_length()


def _windows(x: Place, w: Writer) -> str:
    """Maxima of all windows, (levels of rows · levels of columns, N, C, H, W)."""
    h, wide = x.shapes[0][2:]
    maps, tall = [], x.bottoms[0]
    for i in range(_levels(h)):
        tall = _doubled(w, tall, 2, i) if i else tall
        broad = tall
        for j in range(_levels(wide)):
            broad = _doubled(w, broad, 3, j) if j else broad
            maps.append(w.unsqueeze(broad, 0))
    return str(w.op("Concat", *maps, axis=0)) if len(maps) > 1 else maps[0]


def _doubled(w: Writer, value: str, axis: int, level: int) -> str:
    """Maxima of windows of 2^level from those of half that size, along one axis."""
    half = 2 ** (level - 1)
    kernel, pads = [1, 1], [0, 0, 0, 0]
    kernel[axis - 2], pads[axis] = half + 1, half
    return str(w.op("MaxPool", value, kernel_shape=kernel, strides=[1, 1], pads=pads))
