"""Permute: a method of the tensor."""

from __future__ import annotations

from caffe2torch.layers.base import Site
from caffe2torch.layers.code import Code


def code(x: Site) -> Code:
    """Axis order[i] becomes axis i."""
    order = list(x.param.permute_param.order)
    order += [axis for axis in range(len(x.bottoms[0])) if axis not in order]
    return Code(call=f"{{0}}.permute({', '.join(map(str, order))})")
