"""Embed: Gather of rows."""

from __future__ import annotations

from onnx import TensorProto

from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> str:
    """The indices come as float, as every blob of Caffe."""
    rows = w.weight(x.node.name, "weight", x.blobs["weight"])
    y = w.op("Gather", rows, w.op("Cast", x.bottoms[0], to=TensorProto.INT64), axis=0)
    if "bias" in x.blobs:
        y = w.op("Add", y, w.weight(x.node.name, "bias", x.blobs["bias"].reshape(-1)))
    return str(y)
