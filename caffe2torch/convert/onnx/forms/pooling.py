"""Pooling: MaxPool, AveragePool or the global forms, with Caffe's last window."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from caffe2torch.convert.onnx.writer import Place, Writer
from caffe2torch.layers._pool import AVE, MIN, STOCHASTIC, Pool, read
from caffe2torch.layers._pool_nd import listed, sizes_nd, window
from caffe2torch.layers.pooling import pooled_sizes

DYNAMIC = "spatial"
LOWEST = -3.4028234663852886e38
"""-FLT_MAX, which Caffe's maximum begins with."""
SLICES = 25
"""The largest kernel, in pixels, whose pixels are compared one by one for a mask."""


@dataclass(frozen=True)
class Windows:
    """Windows over any number of axes: kernel, stride, padding in front, and how many of them."""

    sizes: Sequence[int]
    kernel: Sequence[int]
    stride: Sequence[int]
    pad: Sequence[int]
    out: Sequence[int]

    @property
    def after(self) -> list[int]:
        """Padding behind with which floor division gives as many windows."""
        rows = zip(self.sizes, self.out, self.kernel, self.stride, self.pad, strict=True)
        return [max(0, (n - 1) * s + k - p - size) for size, n, k, s, p in rows]

    @property
    def outside(self) -> bool:
        """Whether a window lies behind the image as a whole, which operators do not pad for."""
        return any(a >= k for a, k in zip(self.after, self.kernel, strict=True))


def write(x: Place, w: Writer) -> str | list[str]:
    """Padding behind the image is written out, so that no engine's own rounding matters."""
    if listed(x.site):
        given = window(x.site)
        windows = Windows(x.shapes[0][2:], out=sizes_nd(x.shapes[0][2:], **given), **given)
        if x.spatial:
            raise w.needs_sizes(x, "spatial")
        average = x.param.pooling_param.pool == AVE
        return _average(w, x.bottoms[0], windows) if average else _largest(w, x.bottoms[0], windows)
    pool = read(x.site)
    if pool.method == STOCHASTIC:
        raise w.refuse(x, "pools by chance")
    if len(x.tops) == 2:
        return _with_mask(x, w, pool)
    return pooled(x, w, pool)


def pooled(x: Place, w: Writer, pool: Pool) -> str:
    """The bottom of a layer pooled, by MAX, MIN or AVE."""
    value = x.bottoms[0]
    if pool.method == MIN:
        value = w.op("Neg", value)
    if pool.kernel is None:
        y = w.op("GlobalAveragePool" if pool.method == AVE else "GlobalMaxPool", value)
    elif x.spatial:
        y = _of_any_size(x, w, value, pool)
    elif pool.method == AVE:
        y = _average(w, value, _windows(x, pool))
    else:
        y = _largest(w, value, _windows(x, pool))
    return str(w.op("Neg", y) if pool.method == MIN else y)


def _windows(x: Place, pool: Pool) -> Windows:
    sizes = x.shapes[0][2:]
    kernel = pool.kernel or (sizes[0], sizes[1])
    out = pooled_sizes(sizes, kernel, pool.stride, pool.pad, pool.ceil)
    return Windows(sizes, kernel, pool.stride, pool.pad, out)


def _largest(w: Writer, value: str, windows: Windows) -> str:
    pads = [*windows.pad, *windows.after]
    if windows.outside:
        value, pads = _padded(w, value, windows, LOWEST), [0] * len(pads)
    return str(w.op("MaxPool", value, kernel_shape=list(windows.kernel),
                    strides=list(windows.stride), pads=pads))  # fmt: skip


def _average(w: Writer, value: str, windows: Windows) -> str:
    """Caffe divides by the window clipped to the padded image: a constant plane corrects that."""
    pads = [*windows.pad, *windows.after]
    if windows.outside:
        value, pads = _padded(w, value, windows, 0.0), [0] * len(pads)
    y = w.op("AveragePool", value, kernel_shape=list(windows.kernel), strides=list(windows.stride),
             pads=pads, count_include_pad=1)  # fmt: skip
    lengths = []
    for size, n, k, s, p in zip(
        windows.sizes, windows.out, windows.kernel, windows.stride, windows.pad, strict=True
    ):
        starts = np.arange(n) * s - p
        lengths.append(np.minimum(starts + k, size + p) - starts)
    area = reduce(np.multiply.outer, lengths)
    with np.errstate(divide="ignore"):  # a window behind the image: 0 / 0, as in Caffe
        factor = np.float32(math.prod(windows.kernel)) / np.float32(area)
    return str(y if np.all(factor == 1) else w.op("Mul", y, w.constant(factor[None, None])))


def _padded(w: Writer, value: str, windows: Windows, by: float) -> str:
    edges = w.ints(0, 0, *windows.pad, 0, 0, *windows.after)
    return str(w.op("Pad", value, edges, w.constant(by)))


def _of_any_size(x: Place, w: Writer, value: str, pool: Pool) -> str:
    """Pooling whose rounding the operator itself must do.

    It does as Caffe does where no window can start behind the image, and where the average is
    over pixels alone.
    """
    assert pool.kernel is not None
    rows = list(zip(pool.kernel, pool.stride, pool.pad, strict=True))
    if pool.ceil and (
        any(p > k - s for k, s, p in rows) or (pool.method == AVE and any(pool.pad))
    ):  # fmt: skip
        raise w.needs_sizes(x, "spatial")
    average = pool.method == AVE
    return str(w.op("AveragePool" if average else "MaxPool", value, kernel_shape=list(pool.kernel),
                    strides=list(pool.stride), pads=[*pool.pad, *pool.pad],
                    ceil_mode=int(pool.ceil) or None,
                    count_include_pad=int(any(pool.pad)) if average else None))  # fmt: skip


def _with_mask(x: Place, w: Writer, pool: Pool) -> list[str]:
    """The second top is the position in its own plane, of the first of equal maxima."""
    windows = _windows(x, pool)
    if x.spatial:
        raise w.needs_sizes(x, "spatial")
    if math.prod(windows.kernel) > SLICES:
        raise w.refuse(x, f"gives a mask of windows of more than {SLICES} pixels")
    value = x.bottoms[0]
    if any(windows.pad) or any(windows.after):
        value = _padded(w, value, windows, LOWEST)
    best = mask = ""
    for i in range(windows.kernel[0]):
        for j in range(windows.kernel[1]):
            pixel, place = _pixel(w, value, windows, (i, j))
            if not best:
                best, mask = pixel, place
                continue
            larger = w.op("Greater", pixel, best)
            best = w.op("Where", larger, pixel, best)
            mask = w.op("Where", larger, place, mask)
    if mask in w.constants:
        mask = w.op("Add", w.op("Mul", best, w.constant(0.0)), mask)
    return [best, mask]


def _pixel(w: Writer, value: str, windows: Windows, at: tuple[int, int]) -> tuple[str, str]:
    """The pixel at one place of every window, and its position in the plane, a constant."""
    (h, wide), (i, j) = windows.out, at
    strides = windows.stride
    ends = [i + (h - 1) * strides[0] + 1, j + (wide - 1) * strides[1] + 1]
    pixel = w.slice(value, [i, j], ends, [2, 3], strides)
    rows = np.arange(h) * strides[0] - windows.pad[0] + i
    columns = np.arange(wide) * strides[1] - windows.pad[1] + j
    return pixel, w.constant((rows[:, None] * windows.sizes[1] + columns)[None, None])
