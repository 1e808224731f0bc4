"""Enlarge: Slice, Reshape, Transpose, Reshape."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> str:
    """Squares of neighbours as channels."""
    (n, c, high, wide), scale = x.shapes[0], x.param.enlarge_param.scale
    rows, columns = high // scale, wide // scale
    value = x.bottoms[0]
    if (rows * scale, columns * scale) != (high, wide):
        value = w.slice(value, [0, 0], [rows * scale, columns * scale], [2, 3])
    parts = w.reshape(value, (n, c, rows, scale, columns, scale), x.batch)
    turned = w.op("Transpose", parts, perm=[0, 1, 3, 5, 2, 4])
    return w.reshape(turned, x.tops[0], x.batch)
