"""SpatialSoftmax: Reshape, Softmax, Reshape."""

from __future__ import annotations

import math

from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> str:
    """Probabilities over the last two axes."""
    shape, param = x.shapes[0], x.param.spatial_softmax_param
    value = w.op("Div", x.bottoms[0], w.constant(param.temperature))
    if len(shape) == 2 and x.batch:
        raise w.needs_sizes(x)
    flat = (*shape[:-2], math.prod(shape[-2:])) if len(shape) > 2 else (1, math.prod(shape))
    probabilities = w.softmax(w.reshape(value, flat, x.batch), len(flat) - 1, len(flat))
    return w.reshape(probabilities, shape, x.batch)
