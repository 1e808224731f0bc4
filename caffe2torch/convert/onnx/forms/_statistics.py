"""The mean and variance of each channel over the batch itself."""

from __future__ import annotations

import math

from caffe2torch.convert.onnx.writer import Place, Writer


def standardized(x: Place, w: Writer, eps: float) -> tuple[str, str, str]:
    """(x - mean) / sqrt(variance + eps) as (N, C, any, 1), and mean and variance (1, C, 1, 1).

    The variance is the biased one. Means over pixels are taken by GlobalAveragePool.
    """
    n, c, *rest = x.shapes[0]
    value = w.reshape(x.bottoms[0], (n, c, math.prod(rest), 1), x.batch)
    mean = w.reduce("ReduceMean", w.op("GlobalAveragePool", value), [0])
    centred = w.op("Sub", value, mean)
    square = w.op("GlobalAveragePool", w.op("Mul", centred, centred))
    variance = w.reduce("ReduceMean", square, [0])
    spread = w.op("Sqrt", w.op("Add", variance, w.constant(eps)))
    return str(w.op("Div", centred, spread)), mean, variance
