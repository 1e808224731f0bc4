"""Local: the pixels under each window times the filters of their place."""

from __future__ import annotations

from caffe2torch.convert.onnx.forms._patches import patches
from caffe2torch.convert.onnx.writer import Place, Writer
from caffe2torch.layers.local import window_of


def write(x: Place, w: Writer) -> str:
    """A MatMul a place: (P, N, K) times (P, K, M)."""
    kernel, stride, pad = window_of(x.site)
    n, c = x.shapes[0][:2]
    m, places = x.tops[0][1], x.tops[0][2] * x.tops[0][3]
    size = c * kernel[0] * kernel[1]
    value = patches(w, x.bottoms[0], c, kernel, stride, pad, (1, 1))
    value = w.op("Transpose", w.reshape(value, (n, size, places), x.batch), perm=[2, 0, 1])
    weight = w.weight(x.node.name, "weight", x.blobs["weight"][:, 0].transpose(2, 1, 0))
    y = w.op("Transpose", w.op("MatMul", value, weight), perm=[1, 2, 0])
    if "bias" in x.blobs:
        y = w.op("Add", y, w.weight(x.node.name, "bias", x.blobs["bias"].reshape(1, m, places)))
    return w.reshape(y, x.tops[0], x.batch)
