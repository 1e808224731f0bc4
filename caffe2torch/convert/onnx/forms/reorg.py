"""Reorg: Reshape, Transpose, Reshape of blocks of stride × stride."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> str:
    """Darknet's order of the channels is not that of SpaceToDepth."""
    n, c, h, wide = x.shapes[0]
    s = x.param.reorg_param.stride
    part = c // (s * s)
    if x.param.reorg_param.reverse:
        blocks = w.reshape(x.bottoms[0], (n, s, s, part, h, wide), x.batch)
        order = [0, 3, 4, 1, 5, 2]
    else:
        blocks = w.reshape(x.bottoms[0], (n, part, h, s, wide, s), x.batch)
        order = [0, 3, 5, 1, 2, 4]
    return w.reshape(w.op("Transpose", blocks, perm=order), x.tops[0], x.batch)
