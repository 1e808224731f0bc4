"""Correlation: mean products of two maps, one displaced, for every displacement."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> str:
    """A Slice, Mul and ReduceMean a displacement; AveragePool is the window."""
    p, (h, wide) = x.param.correlation_param, x.shapes[0][2:]
    if p.correlation_type != p.MULTIPLY or p.single_direction:
        raise w.refuse(x, "is of another kind than products in both directions")
    edges = w.ints(0, 0, p.pad, p.pad, 0, 0, p.pad, p.pad)
    a, b = (w.op("Pad", one, edges) if p.pad else one for one in x.bottoms)
    reach = p.max_displacement
    high, broad = h + 2 * p.pad - 2 * reach, wide + 2 * p.pad - 2 * reach
    first = w.slice(a, [reach, reach], [reach + high, reach + broad], [2, 3])
    steps = range(-(reach // p.stride_2) * p.stride_2, reach + 1, p.stride_2)
    maps = []
    for dy in steps:
        for dx in steps:
            y, z = reach + dy, reach + dx
            second = w.slice(b, [y, z], [y + high, z + broad], [2, 3])
            maps.append(w.reduce("ReduceMean", w.op("Mul", first, second), [1]))
    joined = w.op("Concat", *maps, axis=1) if len(maps) > 1 else maps[0]
    if p.kernel_size == p.stride_1 == 1:
        return str(joined)
    return str(w.op("AveragePool", joined, kernel_shape=[p.kernel_size] * 2,
                    strides=[p.stride_1] * 2))  # fmt: skip
