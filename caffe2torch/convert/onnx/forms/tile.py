"""Tile: the same operator."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> str:
    """Copies along one axis."""
    axis = x.site.axis(x.param.tile_param.axis, "tile_param.axis")
    copies = [x.param.tile_param.tiles if i == axis else 1 for i in range(len(x.shapes[0]))]
    return str(w.op("Tile", x.bottoms[0], w.ints(*copies)))
