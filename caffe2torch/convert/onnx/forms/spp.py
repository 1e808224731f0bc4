"""SPP: pooling over a pyramid of grids, flattened and joined."""

from __future__ import annotations

from caffe2torch import caffe_pb2 as pb
from caffe2torch.convert.onnx.forms.pooling import pooled
from caffe2torch.convert.onnx.writer import Place, Writer
from caffe2torch.layers._pool import AVE, MAX, Pool
from caffe2torch.layers.spp import pyramid_window


def write(x: Place, w: Writer) -> str:
    """One level keeps its axes."""
    param = x.param.spp_param
    if param.pool == pb.SPPParameter.STOCHASTIC:
        raise w.refuse(x, "pools by chance", "use MAX or AVE")
    method = AVE if param.pool == pb.SPPParameter.AVE else MAX
    levels = []
    for level in range(param.pyramid_height):
        (high, wide), (top, left) = pyramid_window(x.shapes[0][2:], level)
        kernel = high, wide
        y = pooled(x, w, Pool(method, kernel, kernel, (top, left), ceil=True))
        levels.append(y if param.pyramid_height == 1 else w.op("Flatten", y, axis=1))
    return str(w.op("Concat", *levels, axis=1)) if len(levels) > 1 else levels[0]
