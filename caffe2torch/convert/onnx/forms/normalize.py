"""Normalize: x divided by its norm across channels, or channels and pixels, times a weight."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC, FLOAT32 = "spatial", True


def write(x: Place, w: Writer) -> str:
    """The norm is written out: ReduceSum of squares, eps, Sqrt."""
    param, value = x.param.norm_param, x.bottoms[0]
    axes = list(range(1, len(x.shapes[0]))) if param.across_spatial else [1]
    square = w.reduce("ReduceSum", w.op("Mul", value, value), axes)
    norm = w.op("Sqrt", w.op("Add", square, w.constant(param.eps)))
    weight = x.blobs["weight"].reshape(-1, *(1,) * (len(x.shapes[0]) - 2))
    scaled = w.op("Div", value, norm)
    return str(w.op("Mul", scaled, w.weight(x.node.name, "weight", weight)))
