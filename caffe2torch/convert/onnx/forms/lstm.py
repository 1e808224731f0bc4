"""LSTM: every step written out, since cont may end a sequence at each; and CTPN's Lstm."""

from __future__ import annotations

from dataclasses import replace

from caffe2torch.convert.onnx.forms._nms import flat, gate
from caffe2torch.convert.onnx.forms._recurrent import gates, inputs, unroll, zeros
from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "none"


def write(x: Place, w: Writer) -> list[str]:
    """The state that a call begins with is 0, or that of the last bottoms."""
    return _clipped(x, w) if x.node.layer.type == "Lstm" else _caffe(x, w)


def _caffe(x: Place, w: Writer) -> list[str]:
    """cont multiplies the state that comes from the step before."""
    d, n = x.param.recurrent_param.num_output, x.shapes[0][1]
    exposed = x.param.recurrent_param.expose_hidden
    sums = inputs(x, w, "W_xc", "b_c", "W_xc_static" if "W_xc_static" in x.blobs else "")
    first = [flat(w, one, (n, d)) for one in x.bottoms[-2:]] if exposed else [zeros(w, n, d)] * 2
    weight = w.weight(x.node.name, "W_hc", x.blobs["W_hc"].T)

    def step(here: str, states: list[str], on: str) -> list[str]:
        h, c = states
        total = w.op("Add", here, w.op("MatMul", w.op("Mul", h, on), weight))
        return gates(w, total, c, d, on)

    done = unroll(x, w, sums, first, step, x.bottoms[1])
    return [done.output, *done.states][: len(x.tops)]


def _clipped(x: Place, w: Writer) -> list[str]:
    """CTPN's layer: cont, where there is one, is 0 or not."""
    if len(x.shapes[0]) == 2:
        return _joined(x, w)
    d, n = x.param.lstm_param.num_output, x.shapes[0][1]
    sums = inputs(x, w, "W_x", "b")
    cont = ""
    if len(x.bottoms) > 1:
        zero = w.op("Equal", flat(w, x.bottoms[1], x.shapes[0][:2]), w.constant(0.0))
        cont = gate(w, w.op("Not", zero))
    weight = w.weight(x.node.name, "W_h", x.blobs["W_h"].T)

    def step(here: str, states: list[str], on: str) -> list[str]:
        h, c = (w.op("Mul", state, on) for state in states) if on else states
        return gates(w, w.op("Add", here, w.op("MatMul", h, weight)), c, d)

    return [unroll(x, w, sums, [zeros(w, n, d)] * 2, step, cont).output]


def _joined(x: Place, w: Writer) -> list[str]:
    """junhyukoh's layer, whose steps and streams are one axis: they are taken apart."""
    rows, size = x.shapes[0]
    streams = x.param.lstm_param.batch_size
    steps = rows // streams
    shapes = [(steps, streams, size), (steps, streams)][: len(x.bottoms)]
    bottoms = [flat(w, one, shape) for one, shape in zip(x.bottoms, shapes, strict=True)]
    (output,) = _clipped(replace(x, bottoms=bottoms, shapes=shapes), w)
    return [flat(w, output, x.tops[0])]
