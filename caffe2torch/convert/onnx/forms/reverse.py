"""Reverse: Gather of one axis in the other order."""

from __future__ import annotations

from caffe2torch.convert.onnx.forms._picked import turned
from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> str:
    """Along axis."""
    return turned(x, w, x.bottoms[0], x.param.reverse_param.axis)
