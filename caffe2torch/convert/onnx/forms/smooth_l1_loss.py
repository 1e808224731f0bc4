"""SmoothL1Loss: squares of small differences, the size of large ones, weighted."""

from __future__ import annotations

from caffe2torch.convert.onnx.forms._losses import total
from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC, FLOAT32 = "none", True


def write(x: Place, w: Writer) -> str:
    """Weights inside multiply the difference, weights outside the error."""
    sigma = x.param.smooth_l1_loss_param.sigma**2
    flat = [w.reshape(bottom, (-1,)) for bottom in x.bottoms]
    gap = w.op("Sub", flat[0], flat[1])
    if len(flat) > 2:
        gap = w.op("Mul", flat[2], gap)
    size = w.op("Abs", gap)
    square = w.op("Mul", w.op("Mul", gap, gap), w.constant(0.5 * sigma))
    beyond = w.op("Sub", size, w.constant(0.5 / sigma))
    error = w.op("Where", w.op("Less", size, w.constant(1 / sigma)), square, beyond)
    if len(flat) > 3:
        error = w.op("Mul", error, flat[3])
    loss = x.param.loss_param
    items = 1 if loss.normalization == loss.NONE else x.shapes[0][0]
    return total(w, error, 1, 1 / items)
