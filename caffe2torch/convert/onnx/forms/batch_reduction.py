"""BatchReduction: sums, means, or means of the largest along one axis."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer
from caffe2torch.layers.batch_reduction import MEAN, TOPK, lengths_of


def write(x: Place, w: Writer) -> str:
    """Levels are stretches of the axis."""
    param = x.param.batch_reduction_param
    reduction = param.reduction_param
    axis = x.site.axis(reduction.axis, "batch_reduction_param.reduction_param.axis")
    value = x.bottoms[0]
    if x.varying[0][axis]:
        raise w.needs_sizes(x)
    if reduction.operation == TOPK:
        value, _ = w.op("TopK", value, w.ints(reduction.k), outputs=2, axis=axis)
        return w.reduce("ReduceMean", value, [axis], keepdims=0)
    kind = "ReduceMean" if reduction.operation == MEAN else "ReduceSum"
    lengths = lengths_of(x.site)
    if not lengths:
        return w.reduce(kind, value, [axis], keepdims=0)
    parts = [w.reduce(kind, part, [axis]) for part in w.split(value, lengths, axis)]
    return str(w.op("Concat", *parts, axis=axis)) if len(parts) > 1 else parts[0]
