"""ArgMax: TopK of the reversed axis, since of equal values Caffe takes the last."""

from __future__ import annotations

from onnx import TensorProto

from caffe2torch.convert.onnx.writer import Place, Writer

CHOOSES = True


def write(x: Place, w: Writer) -> str:
    """Along an axis, or over all values of each item."""
    param = x.param.argmax_param
    value, shape = x.bottoms[0], x.shapes[0]
    along = param.HasField("axis")
    axis = x.site.axis(param.axis, "argmax_param.axis") if along else 1
    if not along:
        size = 1
        for dim in shape[1:]:
            size *= dim
        value = w.reshape(value, (shape[0], size), x.batch)
        shape = (shape[0], size)
    last = shape[axis] - 1
    turned = w.slice(value, [-1], [-shape[axis] - 1], [axis], [-1])
    best, places = w.op("TopK", turned, w.ints(param.top_k), outputs=2, axis=axis, largest=1,
                        sorted=1)  # fmt: skip
    index = w.op("Cast", w.op("Sub", w.ints(last), places), to=TensorProto.FLOAT)
    if along:
        return str(best if param.out_max_val else index)
    rows = [index, best] if param.out_max_val else [index]
    parts = [w.unsqueeze(row, 1) for row in rows]
    stacked = parts[0] if len(parts) == 1 else w.op("Concat", *parts, axis=1)
    return w.reshape(stacked, x.tops[0], x.batch)
