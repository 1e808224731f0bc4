"""SimpleCrop: Slice from the first pixel on."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> str:
    """As high and wide as the second bottom."""
    return w.slice(x.bottoms[0], [0, 0], list(x.tops[0][2:]), [2, 3])
