"""ChannelScale: Mul, or nothing."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> str:
    """Places times their number."""
    shape = x.shapes[0]
    if not x.param.channel_scale_param.do_forward:
        return str(w.op("Identity", x.bottoms[0]))
    scale = w.reshape(x.bottoms[1], (shape[0], 1, *shape[2:]), x.batch)
    return str(w.op("Mul", x.bottoms[0], scale))
