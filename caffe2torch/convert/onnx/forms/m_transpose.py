"""MTranspose: Reshape, Transpose, Reshape."""

from __future__ import annotations

import math

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "none"


def write(x: Place, w: Writer) -> str:
    """Rows of groups of channels, or maps of such rows."""
    param = x.param.mtranspose_param
    n, c, *sizes = x.tops[0] if param.inverse else x.shapes[0]
    shape = [n, c // param.groups, param.groups, math.prod(sizes)]
    if param.inverse:
        shape[2:] = reversed(shape[2:])
    parts = w.reshape(x.bottoms[0], shape)
    return w.reshape(w.op("Transpose", parts, perm=[0, 1, 3, 2]), x.tops[0])
