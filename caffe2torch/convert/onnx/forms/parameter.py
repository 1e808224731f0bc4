"""Parameter: its weight."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> str:
    """A blob that hangs on nothing."""
    return w.weight(x.node.name, "weight", x.blobs["weight"])
