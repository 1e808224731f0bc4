"""Slice: Split into constant sizes."""

from __future__ import annotations

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "spatial"


def write(x: Place, w: Writer) -> list[str]:
    """Along axis, or slice_dim of older files."""
    param = x.param.slice_param
    axis = param.slice_dim if param.HasField("slice_dim") else x.site.axis(
        param.axis, "slice_param.axis"
    )  # fmt: skip
    if len(x.tops) == 1:
        return [x.bottoms[0]]
    if x.varying[0][axis]:
        raise w.needs_sizes(x)
    return w.split(x.bottoms[0], [top[axis] for top in x.tops], axis)
