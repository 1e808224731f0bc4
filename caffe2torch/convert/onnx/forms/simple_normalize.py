"""SimpleNormalize: the sum of squares written out, then Div."""

from __future__ import annotations

from caffe2torch.convert.onnx.forms._units import divided_by_length
from caffe2torch.convert.onnx.writer import Place, Writer

FLOAT32 = True


def write(x: Place, w: Writer) -> str:
    """Items divided by their length."""
    return divided_by_length(x, w, 0.0)
