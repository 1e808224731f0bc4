"""Resize: a product with the weights of rows and columns, which are constants."""

from __future__ import annotations

import numpy as np
import torch

from caffe2torch.convert.onnx.forms._product import stretched
from caffe2torch.convert.onnx.writer import Array, Place, Writer
from caffe2torch.layers.resize import mode_of, resize


def write(x: Place, w: Writer) -> str:
    """What the layer makes of each single pixel of an axis are the weights."""
    kind = {"linear": "bilinear", "cubic": "bicubic"}.get(mode_of(x.site), mode_of(x.site))
    rows, columns = (_weights(kind, old, new) for old, new in
                     zip(x.shapes[0][2:], x.tops[0][2:], strict=True))  # fmt: skip
    return stretched(w, x.bottoms[0], rows, columns)


def _weights(kind: str, old: int, new: int) -> Array:
    """Weights (new, old) of the old places for each new one."""
    single = torch.eye(old)[:, None, :, None]
    moved = resize(single, size=(new, 1), mode=kind)
    return np.ascontiguousarray(moved[:, 0, :, 0].numpy().T)
