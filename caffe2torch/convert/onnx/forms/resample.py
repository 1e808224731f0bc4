"""Resample: a product with the weights of rows and columns, which are constants."""

from __future__ import annotations

import torch

from caffe2torch.convert.onnx.forms._product import stretched
from caffe2torch.convert.onnx.writer import Place, Writer
from caffe2torch.layers.resample import resample_weights


def write(x: Place, w: Writer) -> str:
    """The second bottom gives a size alone."""
    p, (h, wide), size = x.param.resample_param, x.shapes[0][2:], x.tops[0][2:]
    kind, like = p.ResampleType.Name(p.type), torch.zeros(())
    smooth = p.antialias and (h > size[0] or wide > size[1])
    rows = resample_weights(h, size[0], wide / size[1], kind, smooth, like)
    columns = resample_weights(wide, size[1], h / size[0], kind, smooth, like)
    return stretched(w, x.bottoms[0], rows.numpy(), columns.numpy())
