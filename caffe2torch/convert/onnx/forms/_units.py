"""Items divided by their length, with four axes."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer


def divided_by_length(x: Place, w: Writer, floor: float) -> str:
    """x / sqrt(sum of squares + floor), for each item."""
    items = w.reshape(x.bottoms[0], x.tops[0], x.batch)
    total = w.reduce("ReduceSum", w.op("Mul", items, items), [1, 2, 3])
    return str(w.op("Div", items, w.op("Sqrt", w.op("Add", total, w.constant(floor)))))
