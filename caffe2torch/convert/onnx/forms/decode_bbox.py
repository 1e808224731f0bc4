"""DecodeBBox: regions moved by the last four of eight offsets (Cascade R-CNN)."""

from __future__ import annotations

from caffe2torch.convert.onnx.forms._nms import flat, part
from caffe2torch.convert.onnx.writer import Place, Writer

FLOAT32 = True


def write(x: Place, w: Writer) -> str:
    """In TEST every region stays."""
    if x.site.train:
        raise w.refuse(x, "drops regions in TRAIN", "convert the TEST phase")
    reg = x.param.bbox_reg_param
    means, spreads = list(reg.bbox_mean) or [0.0] * 4, list(reg.bbox_std) or [1.0] * 4
    old, offsets = flat(w, x.bottoms[1], (-1, 5)), flat(w, x.bottoms[0], (-1, 8))
    moves = w.op("Mul", part(w, offsets, 4, 8), w.constant(spreads))
    moves = w.op("Add", moves, w.constant(means))
    low = part(w, old, 1, 3)
    size = w.op("Add", w.op("Sub", part(w, old, 3, 5), low), w.constant(1.0))
    middle = w.op("Add", low, w.op("Mul", size, w.constant(0.5)))
    middle = w.op("Add", middle, w.op("Mul", part(w, moves, 0, 2), size))
    half = w.op("Mul", w.op("Mul", w.op("Exp", part(w, moves, 2, 4)), size), w.constant(0.5))
    high = w.op("Sub", w.op("Add", middle, half), w.constant(1.0))
    table = w.op("Concat", part(w, old, 0, 1), w.op("Sub", middle, half), high, axis=1)
    return flat(w, table, (-1, *x.tops[0][1:]))
