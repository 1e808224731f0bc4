"""BN: SegNet's and PSPNet's, as BatchNormalization or written out."""

from __future__ import annotations

from caffe2torch import caffe_pb2 as pb
from caffe2torch.convert.onnx.forms._statistics import standardized
from caffe2torch.convert.onnx.writer import Place, Writer
from caffe2torch.layers.bn import has_averages


def write(x: Place, w: Writer) -> list[str]:
    """SegNet's LEARN takes the statistics of the batch itself, in TEST too."""
    param, name = x.param.bn_param, x.node.name
    weight, bias = (x.blobs[key].reshape(-1) for key in ("weight", "bias"))
    if has_averages(x.site):
        if x.site.train and not param.frozen:
            raise w.refuse(x, "takes the statistics of the batch", "convert the TEST phase")
        stats = [w.weight(name, key, x.blobs[key].reshape(-1)) for key in ("mean", "variance")]
        return [w.op("BatchNormalization", x.bottoms[0], w.weight(name, "weight", weight),
                     w.weight(name, "bias", bias), *stats, epsilon=param.eps)]  # fmt: skip
    tops: list[str] = []
    if param.bn_mode == pb.BNParameter.LEARN:
        value, mean, variance = standardized(x, w, 1e-9)
        value, tops = w.reshape(value, x.tops[0], x.batch), [mean, variance]
    elif x.shapes[0] != x.tops[0]:
        value = w.reshape(x.bottoms[0], x.tops[0], x.batch)
    else:
        value = x.bottoms[0]
    shape = (-1, *(1,) * (len(x.tops[0]) - 2))
    y = w.op("Mul", value, w.weight(name, "weight", weight.reshape(shape)))
    y = w.op("Add", y, w.weight(name, "bias", bias.reshape(shape)))
    return [y, *tops][: len(x.tops)]
