"""InfogainLoss: the logarithm of the softmax, weighted by the label's row of a matrix."""

from __future__ import annotations

import numpy as np
from onnx import TensorProto

from caffe2torch.convert.onnx.forms._losses import added, averaged, counted, ignored, lead
from caffe2torch.convert.onnx.writer import Place, Writer
from caffe2torch.layers.infogain_loss import read_matrix

DYNAMIC, FLOAT32 = "none", True


def write(x: Place, w: Writer) -> list[str]:
    """A probability counts as at least 1e-20; the second top is the softmax."""
    shape = x.shapes[0]
    axis = x.site.axis(x.param.infogain_loss_param.axis, "infogain_loss_param.axis")
    classes, rank = shape[axis], len(shape)
    softmax = w.softmax(x.bottoms[0], axis, rank)
    order = [i for i in range(rank) if i != axis] + [axis]
    last = w.op("Reshape", w.op("Transpose", softmax, perm=order), w.ints(-1, classes))
    log = w.op("Log", w.op("Max", last, w.constant(1e-20)))
    matrix = (
        w.op("Reshape", x.bottoms[2], w.ints(classes, classes))
        if len(x.bottoms) > 2
        else w.constant(np.array(read_matrix(x.site)).reshape(classes, classes))
    )
    labels = w.op("Reshape", x.bottoms[1], w.ints(-1))
    valid = counted(x, w, labels, ignored(x))
    index = w.op("Mul", labels, valid) if valid else labels
    rows = w.op("Gather", matrix, w.op("Cast", index, to=TensorProto.INT64), axis=0)
    cost = w.reduce("ReduceSum", w.op("Mul", rows, log), [1], keepdims=0)
    cost = w.op("Mul", cost, valid) if valid else cost
    loss_sum = w.op("Neg", added(w, cost, 1))
    count = int(np.prod(shape, dtype=int)) // classes
    return [averaged(x, w, loss_sum, valid, count, lead(shape, axis)), softmax][: len(x.tops)]
