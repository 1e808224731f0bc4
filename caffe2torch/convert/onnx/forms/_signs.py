"""Weights that count by their signs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from caffe2torch.convert.onnx.writer import Array, Place


def signed(x: Place, param: Any) -> Mapping[str, Array]:
    """The blobs of a layer, its weight as signs where `param` asks for that.

    use_alpha multiplies them by the mean size of the row.
    """
    if not param.use_binarization:
        return x.blobs
    weight = x.blobs["weight"]
    sign = np.where(weight >= 0, np.float32(1), np.float32(-1))
    if param.use_alpha:
        size = np.abs(weight.reshape(len(weight), -1)).mean(1)
        sign = sign * size.reshape(-1, *(1,) * (weight.ndim - 1))
    return {**x.blobs, "weight": sign}
