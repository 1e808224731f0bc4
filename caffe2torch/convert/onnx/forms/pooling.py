"""Pooling: MaxPool, AveragePool or the global forms, with Caffe's last window."""

from __future__ import annotations

import numpy as np

from caffe2torch.convert.onnx.writer import Place, Writer
from caffe2torch.layers._pool import AVE, MAX, Pool, read
from caffe2torch.layers._pool_nd import listed
from caffe2torch.layers.pooling import pooled_sizes


def write(x: Place, w: Writer) -> str | list[str]:
    """Padding behind the image is written out, so that no engine's own rounding matters."""
    if listed(x.site):
        raise w.refuse(x, "pools with lists of sizes")
    pool = read(x.site)
    if pool.method not in (MAX, AVE):
        raise w.refuse(x, "pools neither MAX nor AVE")
    if pool.kernel is None and len(x.tops) == 1:
        return str(w.op("GlobalMaxPool" if pool.method == MAX else "GlobalAveragePool",
                        x.bottoms[0]))  # fmt: skip
    sizes = x.shapes[0][2:]
    kernel = pool.kernel or (sizes[0], sizes[1])
    pads = _pads(sizes, kernel, pool)
    if len(x.tops) == 2:
        return _with_mask(x, w, pool, kernel, pads)
    if pool.method == MAX:
        return str(w.op("MaxPool", x.bottoms[0], kernel_shape=list(kernel),
                        strides=list(pool.stride), pads=pads))  # fmt: skip
    return _average(x, w, pool, kernel, pads)


def _pads(sizes: tuple[int, ...], kernel: tuple[int, int], pool: Pool) -> list[int]:
    """Padding (top, left, bottom, right) with which floor division gives Caffe's output."""
    out = pooled_sizes(sizes, kernel, pool.stride, pool.pad, pool.ceil)
    rows = zip(sizes, out, kernel, pool.stride, pool.pad, strict=True)
    after = [(n - 1) * s + k - p - size for size, n, k, s, p in rows]
    return [*pool.pad, *(max(0, a) for a in after)]


def _average(x: Place, w: Writer, pool: Pool, kernel: tuple[int, int], pads: list[int]) -> str:
    """Caffe divides by the window clipped to the padded image: a constant plane corrects that."""
    y = w.op("AveragePool", x.bottoms[0], kernel_shape=list(kernel), strides=list(pool.stride),
             pads=pads, count_include_pad=1)  # fmt: skip
    area = [
        [min(i * s - p + k, size + p) - (i * s - p) for i in range(n)]
        for size, n, k, s, p in zip(
            x.shapes[0][2:], x.tops[0][2:], kernel, pool.stride, pool.pad, strict=True
        )
    ]
    whole = kernel[0] * kernel[1]
    factor = np.array(whole / np.outer(area[0], area[1]), np.float32)
    if np.all(factor == 1):
        return str(y)
    return str(w.op("Mul", y, w.constant(factor[None, None])))


def _with_mask(
    x: Place, w: Writer, pool: Pool, kernel: tuple[int, int], pads: list[int]
) -> list[str]:
    """The second top is the position in its own plane: ONNX counts through all planes."""
    y, index = w.op("MaxPool", x.bottoms[0], outputs=2, kernel_shape=list(kernel),
                    strides=list(pool.stride), pads=pads)  # fmt: skip
    plane = w.constant(x.shapes[0][2] * x.shapes[0][3], np.int64)
    from onnx import TensorProto

    return [y, w.op("Cast", w.op("Mod", index, plane), to=TensorProto.FLOAT)]
