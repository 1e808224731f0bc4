"""FlowWarp: four neighbours of each place that a flow points to, gathered and weighted."""

from __future__ import annotations

import numpy as np
from onnx import TensorProto

from caffe2torch.convert.onnx.forms._nms import gate
from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> str:
    """Places outside of the image get a constant."""
    p, (n, c, h, wide) = x.param.flow_warp_param, x.shapes[0]
    fill = 0.0 if p.fill_value == p.ZERO else float("nan")
    one = w.constant(1.0)
    columns, rows = w.split(x.bottoms[1], [1, 1], 1)
    columns = w.op("Add", columns, w.constant(np.arange(wide)[None, None, None]))
    rows = w.op("Add", rows, w.constant(np.arange(h)[None, None, :, None]))
    inside = _inside(w, columns, wide, _inside(w, rows, h, ""))
    left, right, a = _neighbours(w, columns, wide)
    top, below, b = _neighbours(w, rows, h)
    flat = w.reshape(x.bottoms[0], (n, c, h * wide), x.batch)

    def at(row: str, column: str) -> str:
        index = w.op("Add", w.op("Mul", row, w.constant(float(wide))), column)
        index = w.op("Cast", w.reshape(index, (n, 1, h * wide), x.batch), to=TensorProto.INT64)
        index = w.op("Tile", index, w.ints(1, c, 1)) if c > 1 else index
        value = w.op("GatherElements", flat, index, axis=2)
        return w.reshape(value, x.shapes[0], x.batch)

    def mix(share: str, first: str, second: str) -> str:
        rest = w.op("Mul", w.op("Sub", one, share), first)
        return str(w.op("Add", rest, w.op("Mul", share, second)))

    upper, lower = mix(a, at(top, left), at(top, right)), mix(a, at(below, left), at(below, right))
    some = w.op("Greater", inside, w.constant(0.5))
    return str(w.op("Where", some, mix(b, upper, lower), w.constant(fill)))


def _inside(w: Writer, place: str, length: int, before: str) -> str:
    """1 for places from 0 to below a length, times what was before."""
    low = gate(w, w.op("Not", w.op("Less", place, w.constant(0.0))))
    both = w.op("Mul", low, gate(w, w.op("Less", place, w.constant(float(length)))))
    return str(w.op("Mul", before, both) if before else both)


def _neighbours(w: Writer, place: str, length: int) -> tuple[str, str, str]:
    """The whole places in front of and behind a place, and its distance from the first."""
    most = w.constant(float(length - 1))
    # places inside are not negative, so that rounding down is cutting off
    first = w.op("Clip", w.op("Floor", place), w.constant(0.0), most)
    second = w.op("Min", w.op("Add", first, w.constant(1.0)), most)
    return first, second, str(w.op("Sub", place, first))
