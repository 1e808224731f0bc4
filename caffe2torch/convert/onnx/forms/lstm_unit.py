"""LSTMUnit: one step of an LSTM's gates."""

from __future__ import annotations

from caffe2torch.convert.onnx.forms._nms import flat
from caffe2torch.convert.onnx.forms._recurrent import gates
from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "none"


def write(x: Place, w: Writer) -> list[str]:
    """cont multiplies the forget gate."""
    _, n, d = x.shapes[0]
    cell, sums = flat(w, x.bottoms[0], (n, d)), flat(w, x.bottoms[1], (n, 4 * d))
    h, c = gates(w, sums, cell, d, flat(w, x.bottoms[2], (n, 1)))
    return [w.unsqueeze(c, 0), w.unsqueeze(h, 0)]
