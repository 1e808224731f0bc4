"""Spfilter: Mul of each map and the weights."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> str | list[str]:
    """Maps times one number a place."""
    n, _, *places = x.shapes[0]
    weights = w.reshape(x.bottoms[-1], (n, 1, *places), x.batch)
    tops = [str(w.op("Mul", value, weights)) for value in x.bottoms[:-1]]
    return tops if len(tops) > 1 else tops[0]
