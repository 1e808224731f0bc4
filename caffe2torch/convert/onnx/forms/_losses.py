"""What losses share: labels as one-hot rows, and the number that a loss is divided by."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from onnx import TensorProto

from caffe2torch.convert.onnx.forms._nms import flat, gate
from caffe2torch.convert.onnx.writer import Place, Writer
from caffe2torch.layers._loss import ignored_label, normalization


def added(w: Writer, value: str, rank: int) -> str:
    """The sum of all values, (1): OpenCV 5 goes on from no scalar."""
    rows = value if rank == 1 else flat(w, value, (-1,))
    return w.reduce("ReduceSum", rows, [0])


def total(w: Writer, value: str, rank: int, factor: float = 1.0) -> str:
    """The sum of all values times a factor, a scalar."""
    number = added(w, value, rank)
    number = number if factor == 1 else w.op("Mul", number, w.constant(factor))
    return flat(w, number, ())


def one_hot(w: Writer, labels: str, shape: Sequence[int], axis: int) -> str:
    """1 at the label of each vector of scores of `shape` along `axis`, else 0."""
    rows = flat(w, labels, (*shape[:axis], 1, *shape[axis + 1 :]))
    places = np.arange(shape[axis]).reshape(-1, *(1,) * (len(shape) - axis - 1))
    whole = w.op("Cast", w.op("Cast", rows, to=TensorProto.INT32), to=TensorProto.FLOAT)
    return gate(w, w.op("Equal", whole, w.constant(places)))


def counted(x: Place, w: Writer, labels: str, ignore: int | None) -> str:
    """1 for labels that count, else 0; "" if all do."""
    if ignore is None:
        return ""
    whole = w.op("Cast", w.op("Cast", labels, to=TensorProto.INT32), to=TensorProto.FLOAT)
    return gate(w, w.op("Not", w.op("Equal", whole, w.constant(float(ignore)))))


def averaged(
    x: Place, w: Writer, loss: str, valid: str, labels: int, items: int, default: str = ""
) -> str:
    """A loss (1) divided as loss_param says, a scalar.

    valid:  1 for the labels that count; "" if all do
    labels: how many there are; items: the product of the axes before the classes
    """
    mode = normalization(x.site, default)
    if mode == "VALID" and valid:
        count = w.op("Max", added(w, valid, 0), w.constant([1.0]))
        return flat(w, w.op("Div", loss, count), ())
    fixed = x.param.loss_param.pre_fixed_normalizer
    divisors = {"VALID": labels, "FULL": labels, "BATCH_SIZE": items, "NONE": 1, "PRE_FIXED": fixed}
    return flat(w, w.op("Div", loss, w.constant([float(max(1, divisors[mode]))])), ())


def log_softmax(w: Writer, value: str, axis: int) -> str:
    """Logarithm of the softmax along one axis, safe for large scores."""
    largest = w.reduce("ReduceMax", value, [axis])
    low = w.op("Sub", value, largest)
    return str(w.op("Sub", low, w.op("Log", w.reduce("ReduceSum", w.op("Exp", low), [axis]))))


def ignored(x: Place) -> int | None:
    """loss_param's ignore_label."""
    return ignored_label(x.site)


def lead(shape: Sequence[int], axis: int) -> int:
    """The product of the axes before one."""
    return math.prod(shape[:axis])
