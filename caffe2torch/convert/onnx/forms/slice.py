"""Slice: Split into constant sizes."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer


def write(x: Place, w: Writer) -> list[str]:
    """Along axis, or slice_dim of older files."""
    param = x.param.slice_param
    axis = param.slice_dim if param.HasField("slice_dim") else x.site.axis(
        param.axis, "slice_param.axis"
    )  # fmt: skip
    if len(x.tops) == 1:
        return [x.bottoms[0]]
    sizes = [top[axis] for top in x.tops]
    return list(w.op("Split", x.bottoms[0], w.ints(*sizes), outputs=len(sizes), axis=axis))
