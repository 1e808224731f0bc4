"""Tiling: DepthToSpace."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> str:
    """The channels of a tile lie side by side."""
    side = x.param.tiling_param.tile_dim
    return str(w.op("DepthToSpace", x.bottoms[0], blocksize=side, mode="CRD"))
