"""SpatialPyramidPooling: maxima over grids whose bins share the pixels that they cut."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> str:
    """Each bin is a Slice with one maximum; one level has one bin, whatever its number."""
    bins = list(x.param.spatial_pyramid_pooling_param.spatial_bin)
    if len(bins) == 1:
        return str(w.op("GlobalMaxPool", x.bottoms[0]))
    n, c, h, wide = x.shapes[0]
    levels = []
    for count in bins:
        rows = [
            w.op("GlobalMaxPool", _bin(w, x.bottoms[0], i, j, count, h, wide))
            for i in range(count)
            for j in range(count)
        ]
        level = w.op("Concat", *rows, axis=2) if len(rows) > 1 else rows[0]
        levels.append(w.reshape(level, (n, c * count * count), x.batch))
    return str(w.op("Concat", *levels, axis=1))


def _bin(w: Writer, value: str, i: int, j: int, count: int, h: int, wide: int) -> str:
    """The pixels of one bin; it begins rounded down and ends rounded up."""
    starts = [i * h // count, j * wide // count]
    ends = [-(-(i + 1) * h // count), -(-(j + 1) * wide // count)]
    return w.slice(value, starts, ends, [2, 3])
