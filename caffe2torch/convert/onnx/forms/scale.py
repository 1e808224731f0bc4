"""Scale: Mul and Add of weights shaped to broadcast."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer
from caffe2torch.layers.scale import scaled_axes

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """The factor is the weight, or the second bottom; a bias of the same shape may follow."""
    axis, shape = scaled_axes(x.site, x.param.scale_param, "scale_param")
    behind = len(x.shapes[0]) - axis - len(shape)
    full = (*shape, *(1,) * behind)
    if "weight" in x.blobs:
        factor = w.weight(x.node.name, "weight", x.blobs["weight"].reshape(full))
    else:
        lead = x.shapes[0][:1] if axis == 0 and shape else ()
        sizes = full if not lead else (*lead, *full[1:])
        factor = x.bottoms[1]
        if behind:
            factor = w.reshape(factor, sizes, bool(lead) and x.varies(1))
    y = w.op("Mul", x.bottoms[0], factor)
    if "bias" in x.blobs:
        y = w.op("Add", y, w.weight(x.node.name, "bias", x.blobs["bias"].reshape(full)))
    return str(y)
