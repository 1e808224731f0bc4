"""SeLuDropout: dropout that keeps mean and variance behind SeLU (DeepDetect)."""

from __future__ import annotations

from caffe2torch.layers._dropout import check_ratio
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, number
from caffe2torch.layers.lazy import nn, torch


class SeLuDropout(Layer):
    """In TRAIN a · (x, or alpha with probability dropout_ratio) + b; with q = 1 - ratio,
    a = (q + alpha² · q · (1 - q))^-0.5 and b = -a · (1 - q) · alpha.

    Shape:    x (any) -> same
    Params:   dropout_ratio [0.1]; alpha [-1.758099]
    Weights:  none
    Differs:  nothing but the random numbers
    Raises:   ShapeError for a ratio that is not above 0 and below 1
    Source:   Klambauer et al., Self-Normalizing Neural Networks (2017); DeepDetect's caffe
              selu_dropout_layer.cpp
    """

    type = "SeLuDropout"
    aliases = ("SELU_DROPOUT", "SeLUDropout")
    origin = "deepdetect"
    roles = frozenset({Role.DROPOUT})
    param_field = "selu_dropout_param"
    examples = (Example("", bottoms=[(2, 3)], phase="TEST"),)

    def shapes(self, x: Site) -> list[Shape]:
        check_ratio(x.param.selu_dropout_param.dropout_ratio, "selu_dropout_param")
        return [x.bottoms[0]]

    def code(self, x: Site) -> Code:
        param = x.param.selu_dropout_param
        if x.own_phase and not x.train:
            return Code(call="{0}")
        settings = [number(param.dropout_ratio), number(param.alpha)]
        settings += ["always=True"] if x.own_phase else []
        return Code(f"CaffeSeLuDropout({', '.join(settings)})")


class CaffeSeLuDropout(nn.Module):
    """Alpha dropout in train mode, or `always`, with any alpha."""

    def __init__(self, ratio: float, alpha: float, always: bool = False) -> None:
        super().__init__()
        self.ratio, self.alpha, self.always = ratio, alpha, always
        kept = 1 - ratio
        self.scale = (kept * (1 + alpha * alpha * ratio)) ** -0.5
        self.shift = -self.scale * ratio * alpha

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not (self.training or self.always):
            return x
        kept = torch.rand_like(x) >= self.ratio
        return torch.where(kept, x, self.alpha) * self.scale + self.shift

    def extra_repr(self) -> str:
        return f"{self.ratio}, alpha={self.alpha}"
