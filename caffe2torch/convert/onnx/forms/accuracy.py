"""Accuracy: the label's score is among the best if few others reach it."""

from __future__ import annotations

from onnx import TensorProto

from caffe2torch.convert.onnx.forms._losses import added, one_hot
from caffe2torch.convert.onnx.forms._nms import flat, gate
from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC, FLOAT32 = "none", True


def write(x: Place, w: Writer) -> list[str]:
    """The share of labels that count; with a second top of each class, too."""
    param, shape = x.param.accuracy_param, x.shapes[0]
    axis = x.site.axis(param.axis, "accuracy_param.axis")
    hot = one_hot(w, x.bottoms[1], shape, axis)
    if param.HasField("ignore_label"):
        ignored = w.reshape(x.bottoms[1], (*shape[:axis], 1, *shape[axis + 1 :]))
        whole = w.op("Cast", w.op("Cast", ignored, to=TensorProto.INT32), to=TensorProto.FLOAT)
        same = w.op("Equal", whole, w.constant(float(param.ignore_label)))
        hot = w.op("Mul", hot, gate(w, w.op("Not", same)))
    scores = x.bottoms[0]
    picked = w.reduce("ReduceSum", w.op("Mul", scores, hot), [axis])
    reached = gate(w, w.op("Not", w.op("Less", scores, picked)))
    count = w.reduce("ReduceSum", reached, [axis])
    best = gate(w, w.op("Less", count, w.constant(param.top_k + 0.5)))
    right = w.op("Mul", hot, best)
    others = [i for i in range(len(shape)) if i != axis]
    whole = _share(w, added(w, right, 0), added(w, hot, 0))
    classes = (w.reduce("ReduceSum", value, others, keepdims=0) for value in (right, hot))
    return [flat(w, whole, ()), _share(w, *classes)][: len(x.tops)]


def _share(w: Writer, right: str, counted: str) -> str:
    """right over counted; 0 where nothing counts."""
    return str(w.op("Div", right, w.op("Max", counted, w.constant([1.0]))))
