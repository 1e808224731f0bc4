"""RNN: every step written out, since cont may end a sequence at each."""

from __future__ import annotations

from caffe2torch.convert.onnx.forms._nms import flat
from caffe2torch.convert.onnx.forms._recurrent import inputs, product, unroll, zeros
from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "none"


def write(x: Place, w: Writer) -> list[str]:
    """The output layer is applied to all steps at once."""
    (steps, n), d = x.shapes[0][:2], x.param.recurrent_param.num_output
    exposed = x.param.recurrent_param.expose_hidden
    sums = inputs(x, w, "W_xh", "b_h", "W_xh_static" if "W_xh_static" in x.blobs else "")
    first = flat(w, x.bottoms[-1], (n, d)) if exposed else zeros(w, n, d)
    weight = w.weight(x.node.name, "W_hh", x.blobs["W_hh"].T)

    def step(here: str, states: list[str], on: str) -> list[str]:
        back = w.op("MatMul", w.op("Mul", states[0], on), weight)
        return [w.op("Tanh", w.op("Add", back, here))]

    done = unroll(x, w, sums, [first], step, x.bottoms[1])
    rows = product(x, w, flat(w, done.output, (steps * n, d)), "W_ho")
    rows = w.op("Tanh", w.op("Add", rows, w.weight(x.node.name, "b_o", x.blobs["b_o"])))
    return [flat(w, rows, (steps, n, d)), *done.states][: len(x.tops)]
