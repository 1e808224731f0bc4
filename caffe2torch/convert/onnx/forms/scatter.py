"""Scatter: of one process, the bottoms under new names."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> list[str]:
    """Each bottom as it is."""
    return list(x.bottoms)
