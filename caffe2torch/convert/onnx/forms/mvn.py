"""MVN: the mean of each plane, or image, taken away; divided by the deviation."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

FLOAT32 = True


def write(x: Place, w: Writer) -> str:
    """Means are taken by GlobalAveragePool, over rows that hold one plane or image each."""
    param = x.param.mvn_param
    n, c, h, wide = x.tops[0]
    value = x.bottoms[0]
    rows = (n, 1, c * h, wide) if param.across_channels else (n, c, h, wide)
    if rows != x.shapes[0]:
        value = w.reshape(value, rows, x.batch)
    value = w.op("Sub", value, w.op("GlobalAveragePool", value))
    if param.normalize_variance:
        square = w.op("GlobalAveragePool", w.op("Mul", value, value))
        value = w.op("Div", value, w.op("Add", w.op("Sqrt", square), w.constant(param.eps)))
    return value if rows == x.tops[0] else w.reshape(value, x.tops[0], x.batch)
