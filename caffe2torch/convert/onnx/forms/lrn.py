"""LRN: the same operator across channels; inside one channel, squares averaged over a window."""

from __future__ import annotations

from caffe2torch import caffe_pb2 as pb
from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC, FLOAT32 = "spatial", True


def write(x: Place, w: Writer) -> str:
    """Inside one channel Caffe has no k: the scale is (1 + alpha · mean) ^ -beta."""
    param = x.param.lrn_param
    n = param.local_size
    if param.norm_region != pb.LRNParameter.WITHIN_CHANNEL:
        return str(w.op("LRN", x.bottoms[0], size=n, alpha=param.alpha, beta=param.beta,
                        bias=param.k))  # fmt: skip
    return within(x, w, n, param.alpha, param.beta)


def within(x: Place, w: Writer, n: int, alpha: float, beta: float) -> str:
    """x · (1 + alpha · mean of squares over n × n pixels) ^ -beta."""
    square = w.op("Mul", x.bottoms[0], x.bottoms[0])
    pad = (n - 1) // 2
    mean = w.op("AveragePool", square, kernel_shape=[n, n], strides=[1, 1], pads=[pad] * 4,
                count_include_pad=1)  # fmt: skip
    scale = w.op("Add", w.op("Mul", mean, w.constant(alpha)), w.constant(1.0))
    return str(w.op("Mul", x.bottoms[0], w.op("Pow", scale, w.constant(-beta))))
