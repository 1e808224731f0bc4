"""Flip: Gather of rows and columns in the other order."""

from __future__ import annotations

from caffe2torch.convert.onnx.forms._picked import turned
from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> str:
    """Height and width as they are asked for."""
    param, value = x.param.flip_param, x.bottoms[0]
    for axis, wanted in ((2, param.flip_height), (3, param.flip_width)):
        if wanted:
            value = turned(x, w, value, axis)
    return value
