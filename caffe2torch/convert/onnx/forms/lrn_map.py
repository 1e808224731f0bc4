"""LRNMap: LRN inside one channel, under its older name."""

from __future__ import annotations

from caffe2torch.convert.onnx.forms.lrn import within
from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC, FLOAT32 = "spatial", True


def write(x: Place, w: Writer) -> str:
    """Squares averaged over a window."""
    param = x.param.lrn_map_param
    return within(x, w, param.local_size, param.alpha, param.beta)
