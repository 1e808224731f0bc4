"""Dtow: Reshape, Gather where the order is not row by row, Transpose, Reshape."""

from __future__ import annotations

from typing import Any

import numpy as np

from caffe2torch.convert.onnx.writer import Place, Writer
from caffe2torch.layers.dtow import settings


def write(x: Place, w: Writer) -> str:
    """Channels as pixels of blocks, or back."""
    given: Any = settings(x.site)
    side, maps, order = given["side"], given["maps"], given["order"]
    n, c, high, wide = x.shapes[0]
    pixels = side * side
    if given["up"]:
        parts = w.reshape(
            x.bottoms[0], (n, c // (pixels * maps), pixels, maps, high, wide), x.batch
        )
        parts = _picked(w, parts, sorted(range(pixels), key=order.__getitem__))
        turned = w.op("Transpose", parts, perm=[0, 1, 3, 2, 4, 5])
        blocks = w.reshape(turned, (n, c // pixels, side, side, high, wide), x.batch)
        perm = [0, 1, 4, 2, 5, 3]
        return w.reshape(w.op("Transpose", blocks, perm=perm), x.tops[0], x.batch)
    blocks = w.reshape(
        x.bottoms[0], (n, c // maps, maps, high // side, side, wide // side, side), x.batch
    )
    turned = w.op("Transpose", blocks, perm=[0, 1, 4, 6, 2, 3, 5])
    shape = (n, c // maps, pixels, maps, high // side, wide // side)
    parts = _picked(w, w.reshape(turned, shape, x.batch), list(order))
    return w.reshape(parts, x.tops[0], x.batch)


def _picked(w: Writer, parts: str, order: list[int]) -> str:
    if order == sorted(order):
        return parts
    return str(w.op("Gather", parts, w.constant(order, np.int64), axis=2))
