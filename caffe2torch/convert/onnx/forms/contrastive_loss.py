"""ContrastiveLoss: the squared distance of similar pairs, the margin that others lack."""

from __future__ import annotations

from onnx import TensorProto

from caffe2torch.convert.onnx.forms._losses import total
from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC, FLOAT32 = "none", True


def write(x: Place, w: Writer) -> str:
    """The third bottom is cut to whole numbers; 0 is a pair that is not similar."""
    n, param = x.shapes[0][0], x.param.contrastive_loss_param
    a, b = (w.reshape(bottom, (n, -1)) for bottom in x.bottoms[:2])
    gap = w.op("Sub", a, b)
    square = w.reduce("ReduceSum", w.op("Mul", gap, gap), [1])
    distance = square if param.legacy_version else w.op("Sqrt", square)
    far = w.op("Relu", w.op("Sub", w.constant(param.margin), distance))
    far = far if param.legacy_version else w.op("Mul", far, far)
    given = w.slice(w.reshape(x.bottoms[2], (-1, 1)), [0], [n], [0])
    similar = w.op("Cast", w.op("Cast", given, to=TensorProto.INT32), to=TensorProto.BOOL)
    return total(w, w.op("Where", similar, square, far), 2, 0.5 / n)
