"""Bias: Add of a weight, or of the second bottom, shaped to broadcast."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer
from caffe2torch.layers.scale import scaled_axes

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """The axes from `axis` on that the bias covers are its own; those behind share a value."""
    axis, shape = scaled_axes(x.site, x.param.bias_param, "bias_param")
    full = (*shape, *(1,) * (len(x.shapes[0]) - axis - len(shape)))
    if x.blobs:
        (key,) = x.blobs
        return str(
            w.op("Add", x.bottoms[0], w.weight(x.node.name, key, x.blobs[key].reshape(full)))
        )
    added = x.bottoms[1]
    if full != x.shapes[1]:
        added = w.reshape(added, full, axis == 0 and x.varies(1))
    return str(w.op("Add", x.bottoms[0], added))
