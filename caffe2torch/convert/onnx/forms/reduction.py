"""Reduction: sums or means over all axes from one on."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> str:
    """The axes are flattened to one first, which every engine reduces alike."""
    param = x.param.reduction_param
    axis = x.site.axis(param.axis, "reduction_param.axis")
    kind = param.ReductionOp.Name(param.operation)
    if kind not in ("SUM", "ASUM", "SUMSQ", "MEAN"):
        raise w.refuse(x, f"reduces by a fork's operation {kind}")
    value = x.bottoms[0]
    if kind == "ASUM":
        value = w.op("Abs", value)
    elif kind == "SUMSQ":
        value = w.op("Mul", value, value)
    axes = list(range(axis, len(x.shapes[0])))
    # (1) where all axes go: OpenCV 5 goes on from no scalar
    keep = int(axis == 0)
    value = w.reduce("ReduceMean" if kind == "MEAN" else "ReduceSum", value, axes, keepdims=keep)
    if param.coeff != 1:
        value = w.op("Mul", value, w.constant(param.coeff))
    return w.reshape(value, ()) if keep else value
