"""LabelSpecificAdd: Identity, as a net that predicts knows no labels."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """The scores as they are."""
    return str(w.op("Identity", x.bottoms[0]))
