"""L1Loss: the sum of the distances, averaged over the items."""

from __future__ import annotations

from caffe2torch.convert.onnx.forms._losses import total
from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC, FLOAT32 = "none", True


def write(x: Place, w: Writer) -> str:
    """The bottoms may differ in shape."""
    a, b = (w.reshape(bottom, (-1,)) for bottom in x.bottoms)
    return total(w, w.op("Abs", w.op("Sub", a, b)), 1, 1 / x.shapes[0][0])
