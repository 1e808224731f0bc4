"""LRN across channels: torch has it."""

from __future__ import annotations

from caffe2torch import caffe_pb2 as pb
from caffe2torch.layers.base import Site
from caffe2torch.layers.code import Code, number


def code(x: Site) -> Code | None:
    """nn.LocalResponseNorm, with torch's own defaults left out."""
    param = x.param.lrn_param
    if param.norm_region == pb.LRNParameter.WITHIN_CHANNEL:
        return None
    settings = {"alpha": number(param.alpha), "beta": number(param.beta), "k": number(param.k)}
    default = {"alpha": "0.0001", "beta": "0.75", "k": "1.0"}
    items = [f"{key}={value}" for key, value in settings.items() if value != default[key]]
    return Code(f"nn.LocalResponseNorm({', '.join([str(param.local_size), *items])})")
