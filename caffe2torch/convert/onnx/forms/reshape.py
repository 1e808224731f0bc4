"""Reshape: to constant sizes; a batch that may vary is the size left over."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> str:
    """The shape is known from the graph."""
    return w.reshape(x.bottoms[0], x.tops[0], x.batch)
