"""InnerDistance: differences of rows to centres, squared or not, summed up."""

from __future__ import annotations

import math

import numpy as np

from caffe2torch.convert.onnx.writer import Place, Writer

FLOAT32 = True


def write(x: Place, w: Writer) -> str:
    """Centres are a weight, or the second bottom."""
    p = x.param.inner_distance_param
    if p.transpose or p.update_center_only:
        raise w.refuse(x, "has transpose or update_center_only")
    axis = x.site.axis(p.axis, "inner_distance_param.axis")
    size = math.prod(x.shapes[0][axis:])
    lead = x.shapes[0][:axis]
    rows = w.reshape(x.bottoms[0], (*lead, 1, size), axis > 0 and x.batch)
    if len(x.bottoms) > 1:
        centres = w.reshape(x.bottoms[1], (x.shapes[1][0], size), x.varies(1))
    else:
        weight = x.blobs["weight"]
        if p.normalize:
            weight = weight / np.sqrt((weight**2).sum(1, keepdims=True) + 1e-6)
        centres = w.weight(x.node.name, "weight", weight)
    gap = w.op("Sub", rows, centres)
    value = w.op("Mul", gap, gap) if p.distance_type == "L2" else w.op("Abs", gap)
    return w.reduce("ReduceSum", value, [len(lead) + 1], keepdims=0)
