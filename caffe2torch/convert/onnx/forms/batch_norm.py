"""BatchNorm with stored statistics: BatchNormalization, with a fork's scale and bias."""

from __future__ import annotations

import numpy as np

from caffe2torch.convert.onnx.forms._statistics import standardized
from caffe2torch.convert.onnx.writer import Place, Writer
from caffe2torch.layers.batch_norm import fork

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """Caffe's sums are divided by the factor; a factor of 0 counts as mean and variance 0."""
    param, kind = x.param.batch_norm_param, fork(x.site)
    stored = param.use_global_stats if param.HasField("use_global_stats") else not x.site.train
    if not stored and kind != "nvidia":
        return _of_batch(x, w)
    factor = float(x.blobs["factor"][0])
    share = 1 / factor if factor else 0.0
    mean, variance = (x.blobs[key].astype(np.float64) * share for key in ("mean", "variance"))
    channels = x.shapes[0][1]
    scale = x.blobs.get("weight", np.ones(channels, np.float32)).reshape(-1)
    bias = x.blobs.get("bias", np.zeros(channels, np.float32)).reshape(-1)
    eps = max(param.eps, 1e-5) if kind == "nvidia" else param.eps
    name = x.node.name
    y = w.op(
        "BatchNormalization",
        x.bottoms[0],
        w.weight(name, "scale", scale),
        w.weight(name, "bias", bias),
        w.weight(name, "mean", mean),
        w.weight(name, "variance", variance),
        epsilon=eps,
    )
    return str(w.op("Relu", y) if param.relu else y)


def _of_batch(x: Place, w: Writer) -> str:
    """Statistics of the batch itself, as use_global_stats: false asks for in TEST, too."""
    param, name = x.param.batch_norm_param, x.node.name
    if x.site.train:
        raise w.refuse(x, "stores statistics of the batch in TRAIN", "convert the TEST phase")
    if param.stats_batch_size:
        raise w.refuse(x, "takes statistics of parts of the batch")
    y, _mean, _variance = standardized(x, w, param.eps)
    shape = (1, x.shapes[0][1], 1, 1)
    for kind, key in (("Mul", "weight"), ("Add", "bias")):
        if key in x.blobs:
            y = w.op(kind, y, w.weight(name, key, x.blobs[key].reshape(shape)))
    y = w.reshape(y, x.tops[0], x.batch)
    return str(w.op("Relu", y) if param.relu else y)
