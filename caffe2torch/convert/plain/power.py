"""Power, in place or not: an expression."""

from __future__ import annotations

from caffe2torch.layers.base import Site
from caffe2torch.layers.code import Code, number
from caffe2torch.layers.power import linear


def code(x: Site) -> Code | None:
    """(shift + scale · x) ** power; a constant stays with the layer's own source."""
    param = x.param.power_param
    if param.power * param.scale == 0:
        return None
    inside = linear(param.scale, param.shift)
    if param.power == 1:
        return Code(call=inside.removeprefix("(").removesuffix(")"))
    return Code(call=f"{inside} ** {number(param.power)}")
