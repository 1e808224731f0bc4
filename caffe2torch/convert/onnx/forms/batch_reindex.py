"""BatchReindex: Gather of items."""

from __future__ import annotations

from onnx import TensorProto

from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> str:
    """The indices come as float, as every blob of Caffe."""
    index = w.op("Cast", x.bottoms[1], to=TensorProto.INT64)
    return str(w.op("Gather", x.bottoms[0], index, axis=0))
