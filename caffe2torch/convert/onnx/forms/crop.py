"""Crop: Slice with constant offsets."""

from __future__ import annotations

import numpy as np

from caffe2torch.convert.onnx.writer import Place, Writer
from caffe2torch.layers.crop import offsets_of

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """The size is the second bottom's from `axis` on; its Shape, where that may vary."""
    axis, offsets = offsets_of(x.site)
    axes = list(range(axis, len(x.shapes[0])))
    if any(x.varying[0][axis:]) or any(x.varying[1][axis:]):
        sizes = w.slice(w.op("Shape", x.bottoms[1]), [axis], [len(x.shapes[0])], [0])
        starts = w.constant(offsets, np.int64)
        return str(w.op("Slice", x.bottoms[0], starts, w.op("Add", sizes, starts), w.ints(*axes)))
    ends = [start + size for start, size in zip(offsets, x.tops[0][axis:], strict=True)]
    return w.slice(x.bottoms[0], offsets, ends, axes)
