"""Permute: Transpose."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """Axes that are not named follow in their order."""
    order = list(x.param.permute_param.order)
    order += [axis for axis in range(len(x.shapes[0])) if axis not in order]
    return str(w.op("Transpose", x.bottoms[0], perm=order))
