"""PSROIPooling: products of the maps with each region's weights of columns, then of rows."""

from __future__ import annotations

from caffe2torch.convert.onnx.forms._nms import flat, gate
from caffe2torch.convert.onnx.forms._rois import bin_weights, region_parts
from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC, FLOAT32 = "none", True


def write(x: Place, w: Writer) -> str:
    """Bins are averages, so that a map times 0 or 1 over the count gives them."""
    param = x.param.psroi_pooling_param
    n, _, h, wide = x.shapes[0]
    g, d = param.group_size, param.output_dim
    scale = param.spatial_scale
    image, across, down = region_parts(w, x.bottoms[1], scale)
    columns = w.op("Transpose", bin_weights(w, across, g, wide, scale), perm=[1, 2, 0])
    rows = w.op("Transpose", bin_weights(w, down, g, h, scale), perm=[1, 2, 0])
    rows = w.unsqueeze(w.unsqueeze(rows, 1), 2)
    total = ""
    for item in range(n):
        maps = w.op("Gather", x.bottoms[0], w.ints(item), axis=0) if n > 1 else x.bottoms[0]
        maps = w.op("Transpose", flat(w, maps, (d, g, g, h * wide)), perm=[1, 2, 0, 3])
        sums = w.op("MatMul", flat(w, maps, (g, g, d * h, wide)), columns)
        pooled = w.reduce("ReduceSum", w.op("Mul", flat(w, sums, (g, g, d, h, -1)), rows), [3], 0)
        if n > 1:
            here = gate(w, w.op("Equal", image, w.constant(float(item))))
            pooled = w.op("Mul", pooled, w.op("Reshape", here, w.ints(1, 1, 1, -1)))
        total = w.op("Add", total, pooled) if total else pooled
    return str(w.op("Transpose", total, perm=[3, 2, 0, 1]))
