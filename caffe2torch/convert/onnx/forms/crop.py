"""Crop: Slice with constant offsets."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> str:
    """The size is the second bottom's from `axis` on."""
    axis, offsets = x.node.layer._offsets(x.site)  # type: ignore[attr-defined]
    sizes = x.tops[0][axis:]
    axes = range(axis, len(x.shapes[0]))
    ends = [start + size for start, size in zip(offsets, sizes, strict=True)]
    return str(w.op("Slice", x.bottoms[0], w.ints(*offsets), w.ints(*ends), w.ints(*axes)))
