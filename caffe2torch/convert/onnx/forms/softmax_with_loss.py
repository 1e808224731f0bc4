"""SoftmaxWithLoss: the logarithm of the softmax, picked at the labels."""

from __future__ import annotations

import numpy as np

from caffe2torch.convert.onnx.forms._losses import (
    added,
    averaged,
    counted,
    ignored,
    lead,
    log_softmax,
    one_hot,
)
from caffe2torch.convert.onnx.forms._nms import flat, gate
from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC, FLOAT32 = "none", True


def write(x: Place, w: Writer) -> list[str]:
    """A label costs at most -log(FLT_MIN)."""
    loss, shape = x.param.loss_param, x.shapes[0]
    axis = x.site.axis(x.param.softmax_param.axis, "softmax_param.axis")
    hot = one_hot(w, x.bottoms[1], shape, axis)
    log = w.op("Mul", log_softmax(w, x.bottoms[0], axis), hot)
    cost = w.op("Neg", w.reduce("ReduceSum", log, [axis]))
    cost = w.op("Min", cost, w.constant(87.3365447505531))
    if loss.weight_by_label_freqs:
        weights = np.array(loss.class_weighting).reshape(-1, *(1,) * (len(shape) - axis - 1))
        factor = w.reduce("ReduceSum", w.op("Mul", hot, w.constant(weights)), [axis])
        cost = w.op("Mul", cost, factor)
    labels = w.op("Reshape", x.bottoms[1], w.ints(*shape[:axis], 1, *shape[axis + 1 :]))
    valid = counted(x, w, labels, ignored(x))
    if valid:
        cost = w.op("Mul", cost, valid)
    if len(x.bottoms) > 2:
        loss_mean = _weighted(x, w, axis, cost, valid)
    else:
        loss_sum = added(w, cost, len(shape))
        count = np.prod(shape, dtype=int) // shape[axis]
        loss_mean = averaged(x, w, loss_sum, valid, int(count), lead(shape, axis))
    if len(x.tops) == 1:
        return [loss_mean]
    each = w.op("Reshape", cost, w.ints(*x.tops[2]))
    return [loss_mean, w.op("Exp", log_softmax(w, x.bottoms[0], axis)), each]


def _weighted(x: Place, w: Writer, axis: int, cost: str, valid: str) -> str:
    """The mean of the costs, each counted as often as its label's weight says; 0 without any."""
    shape = x.shapes[0]
    each = w.op("Reshape", x.bottoms[2], w.ints(*shape[:axis], 1, *shape[axis + 1 :]))
    if valid:
        each = w.op("Mul", each, valid)
    total = added(w, each, len(shape))
    none = gate(w, w.op("Equal", total, w.constant([0.0])))
    loss = added(w, w.op("Mul", cost, each), len(shape))
    return flat(w, w.op("Div", loss, w.op("Add", total, none)), ())
