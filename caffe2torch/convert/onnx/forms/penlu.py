"""PENLU: Pow above 0, Exp below."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """x^eta above 0, alpha · (exp(beta · x) - 1) below."""
    value, axes = x.bottoms[0], len(x.shapes[0]) - 2
    alpha, beta, eta = (
        w.weight(x.node.name, key, x.blobs[key].reshape(-1, *[1] * axes))
        for key in ("alpha", "beta", "eta")
    )
    zero, one = w.constant(0.0), w.constant(1.0)
    above = w.op("Greater", value, zero)
    power = w.op("Pow", w.op("Where", above, value, one), eta)
    grown = w.op("Exp", w.op("Mul", beta, w.op("Min", value, zero)))
    below = w.op("Mul", alpha, w.op("Sub", grown, one))
    return str(w.op("Where", above, power, below))
