"""ShuffleChannel: Reshape, Transpose, Reshape."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> str:
    """Channels in `group` rows are read column by column."""
    n, c, *rest = x.shapes[0]
    group = x.param.shuffle_channel_param.group
    rows = w.reshape(x.bottoms[0], (n, group, c // group, *rest), x.batch)
    order = [0, 2, 1, *range(3, 3 + len(rest))]
    return w.reshape(w.op("Transpose", rows, perm=order), x.tops[0], x.batch)
