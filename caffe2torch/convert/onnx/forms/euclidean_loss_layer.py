"""EuclideanLossLayer of pycaffe's examples: half the squared distance over the items, as (1)."""

from __future__ import annotations

from caffe2torch.convert.onnx.forms import euclidean_loss
from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC, FLOAT32 = "none", True


def write(x: Place, w: Writer) -> str:
    """One value."""
    return w.reshape(euclidean_loss.write(x, w), (1,))
