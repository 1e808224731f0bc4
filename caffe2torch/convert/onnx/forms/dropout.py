"""Dropout: nothing in TEST; in TRAIN it would draw other random numbers in every engine."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """The values as they are; forks that scale in TEST multiply by the share that is kept."""
    if x.site.train:
        raise w.refuse(x, "draws random numbers in TRAIN", "convert the TEST phase")
    param = x.param.dropout_param
    if not param.scale_train:
        return str(w.op("Mul", x.bottoms[0], w.constant(1 - param.dropout_ratio)))
    return x.bottoms[0]
