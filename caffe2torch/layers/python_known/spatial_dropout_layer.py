"""SpatialDropoutLayer: whole channels become zeros in training (ENet)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Shape, Site
from caffe2torch.layers.code import Code, number
from caffe2torch.layers.lazy import nn, torch
from caffe2torch.layers.python_known.base import KnownLayer, settings


class SpatialDropoutLayer(KnownLayer):
    """In TRAIN each channel of an image is 0 with probability p, else divided by 1 - p.

    Shape:    x (N, C, any) -> same
    Params:   param_str phase, TRAIN or anything else, which wins over the net's; p
    Weights:  none
    Differs:  nothing but the random numbers; the project divides all channels in TEST, too
    Raises:   ShapeError for a p that is not above 0 and below 1
    Source:   Paszke et al., ENet (2016); caffe-enet python/spatial_dropout.py, forward
    """

    origin = "ENet"
    names = (("", "SpatialDropoutLayer"),)
    keeps_signs = True

    def shapes(self, x: Site) -> list[Shape]:
        ratio_of(x)
        return [x.bottoms[0]]

    def code(self, x: Site) -> Code:
        if str(settings(x).get("phase", "")) != "TRAIN":
            return Code(call=f"({{0}} / {number(1 - ratio_of(x))})")
        return Code(f"PythonSpatialDropout({number(ratio_of(x))})")


def ratio_of(x: Site) -> float:
    """How many of the channels become 0. Raises: ShapeError for a p that is none."""
    value = settings(x).get("p", 0.5)
    try:
        ratio = float(value)
    except (TypeError, ValueError):
        ratio = -1.0
    if not 0 < ratio < 1:
        raise ShapeError(
            f"p of param_str is {value!r}, not above 0 and below 1", field="python_param.param_str"
        )
    return ratio


class PythonSpatialDropout(nn.Module):
    """Zeros in place of whole channels of x (N, C, any), with probability `ratio`."""

    def __init__(self, ratio: float) -> None:
        super().__init__()
        self.ratio = ratio

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        kept = x.new_empty(x.shape[:2] + (1,) * (x.dim() - 2)).bernoulli_(1 - self.ratio)
        return x * (kept / (1 - self.ratio))
