"""RReLU: LeakyRelu with the slope that TEST has."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer
from caffe2torch.layers.rrelu import mean_divisor

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """In TRAIN the slopes are drawn, which no operator does."""
    if x.site.train:
        raise w.refuse(x, "draws random numbers")
    low, high = x.node.layer.drawn_from(x.site)  # type: ignore[attr-defined]
    return str(w.op("LeakyRelu", x.bottoms[0], alpha=1 / mean_divisor(low, high)))
