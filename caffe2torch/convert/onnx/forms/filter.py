"""Filter: refused, as it keeps a number of items that hangs on their values."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "none"


def write(x: Place, w: Writer) -> str:
    """Nothing that every engine could run."""
    raise w.refuse(x, "keeps a number of items that hangs on their values")
