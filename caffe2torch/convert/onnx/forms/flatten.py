"""Flatten: Flatten from axis 1, Reshape otherwise."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> str:
    """Axes start to end become one."""
    if w.known(x.bottoms[0]) is None and len(x.tops[0]) == 2 and x.tops[0][0] == x.shapes[0][0]:
        return str(w.op("Flatten", x.bottoms[0], axis=1))
    return w.reshape(x.bottoms[0], x.tops[0], x.batch)
