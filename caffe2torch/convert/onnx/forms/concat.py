"""Concat: the same operator."""

from __future__ import annotations

import numpy as np

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """Along axis, or concat_dim of older files."""
    param = x.param.concat_param
    axis = param.concat_dim if param.HasField("concat_dim") else x.site.axis(
        param.axis, "concat_param.axis"
    )  # fmt: skip
    arrays = [w.known(value) for value in x.bottoms]
    fixed = [array for array in arrays if array is not None]
    if len(fixed) == len(arrays):
        return w.constant(np.concatenate(fixed, axis))
    if len(x.bottoms) == 1:
        return x.bottoms[0]
    return str(w.op("Concat", *x.bottoms, axis=axis))
